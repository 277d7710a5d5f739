/** What a run did, counted from the history that it wrote: a row counts once, however many steps touched it. */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import type { Drift } from '../decisions/drift.ts';
import type { StepOutcome } from './steps.ts';

export interface Counts {
  added: number;
  changed: number;
  removed: number;
  unchanged: number;
}

export const countedEntities = ['rooms', 'speakers', 'talks', 'schedule_slots'] as const;
export type CountedEntity = (typeof countedEntities)[number];

/** `sync_runs.result`. Optional numbers are there when not 0. */
export interface RunResult extends Record<CountedEntity, number> {
  unscheduled_talks?: number;
  type_defaults_applied?: number;
  skipped_slots?: number;
  unknown_speakers?: number;
  warnings: string[];
  changes: Record<CountedEntity, Counts>;
  drift?: Drift[];
}

/** What a run's steps reported, and what it changed, in one. */
export function runResult(
  counted: Record<CountedEntity, { live: number; counts: Counts }>,
  outcomes: readonly StepOutcome[],
  drift: Drift[],
): RunResult {
  const totals: Record<string, number> = {};
  for (const { counters } of outcomes) {
    for (const [name, value] of Object.entries(counters)) totals[name] = (totals[name] ?? 0) + value;
  }
  return {
    rooms: counted.rooms.live,
    speakers: counted.speakers.live,
    talks: counted.talks.live,
    schedule_slots: counted.schedule_slots.live,
    ...Object.fromEntries(Object.entries(totals).filter(([, value]) => value > 0)),
    warnings: [...new Set(outcomes.flatMap((outcome) => outcome.warnings))],
    changes: Object.fromEntries(
      countedEntities.map((entity) => [entity, counted[entity].counts]),
    ) as RunResult['changes'],
    ...(drift.length > 0 ? { drift } : {}),
  };
}

/** How many rows the mirror has of each entity, and how many of them a run changed; one statement. */
export async function countChanges(
  executor: Executor,
  runId: string,
  conferenceId: number,
): Promise<Record<CountedEntity, { live: number; counts: Counts }>> {
  const ofEntities = countedEntities.map(
    (entity) => sql`
    select ${entity}::text as entity,
           (select count(*)::int from greenroom.${sql.identifier(entity)} l
             where l.conference_id = ${conferenceId} and ${isLive(entity, 'l')}) as live,
           count(*) filter (where is_now and not was)::int as added,
           count(*) filter (where is_now and was)::int as changed,
           count(*) filter (where was and not is_now)::int as removed
      from (${comparison(entity, runId)}) compared`,
  );
  const rows = await executor.execute<{ entity: CountedEntity; live: number } & Omit<Counts, 'unchanged'>>(
    sql.join(ofEntities, sql` union all `),
  );
  return Object.fromEntries(
    rows.map(({ entity, live, ...counts }) => [
      entity,
      { live, counts: { ...counts, unchanged: live - counts.added - counts.changed } },
    ]),
  ) as Record<CountedEntity, { live: number; counts: Counts }>;
}

/** Keys of the rows that a run's transactions added, changed and removed, sorted. */
export async function changedKeys(
  executor: Executor,
  runId: string,
): Promise<Record<CountedEntity, { added: string[]; changed: string[]; removed: string[] }>> {
  const keys = {} as Awaited<ReturnType<typeof changedKeys>>;
  for (const entity of countedEntities) {
    const key = sql.identifier(KEY_COLUMN[entity]);
    const rows = await executor.execute<{ key: string; was: boolean; is_now: boolean }>(sql`
      with compared as (${comparison(entity, runId)})
      select coalesce(t.${key}::text, (
               select v.${key}::text from greenroom.${sql.identifier(`${entity}_versions`)} v
                where v.id = compared.id order by v.transaction_id desc limit 1)) as key, was, is_now
        from compared left join greenroom.${sql.identifier(entity)} t on t.id = compared.id order by 1`);
    const having = (was: boolean, isNow: boolean) =>
      rows.filter((row) => row.was === was && row.is_now === isNow).map((row) => row.key);
    keys[entity] = { added: having(false, true), changed: having(true, true), removed: having(true, false) };
  }
  return keys;
}

const KEY_COLUMN: Record<CountedEntity, string> = {
  rooms: 'pretalx_id',
  speakers: 'pretalx_code',
  talks: 'pretalx_code',
  schedule_slots: 'slot_key',
};

function isLive(entity: CountedEntity, alias: string): SQL {
  const row = sql.identifier(alias);
  return entity === 'schedule_slots'
    ? sql`${row}.id is not null`
    : sql`(${row}.id is not null and ${row}.removed_at is null)`;
}

/** Of each row that the run touched: was it there before the run, and is it now? */
function comparison(entity: CountedEntity, runId: string): SQL {
  const versions = sql`greenroom.${sql.identifier(`${entity}_versions`)}`;
  return sql`
    select touched.id,
           coalesce((
             select v.operation_type <> 2 and ${isLive(entity, 'v')} from ${versions} v
              where v.id = touched.id and v.transaction_id < touched.first
              order by v.transaction_id desc limit 1), false) as was,
           ${isLive(entity, 't')} as is_now
      from (select id, min(transaction_id) as first from ${versions}
             where transaction_id in (select id from greenroom.transactions where run_id = ${runId}) group by id) touched
      left join greenroom.${sql.identifier(entity)} t on t.id = touched.id`;
}
