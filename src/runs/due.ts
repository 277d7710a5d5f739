/** Which runs need jobs in the queue: those whose turn it is, and those whose worker is gone. */
import {
  type AnyColumn,
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  isNull,
  lt,
  or,
  type SQL,
  sql,
} from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { conferences } from '../db/schema/conferences.ts';
import { syncRuns } from '../db/schema/runs.ts';
import type { RunRow } from './progress.ts';

/**
 * The next queued run of each conference that is neither paused nor running: approved ones first, then the oldest.
 * `heartbeat_at` of a queued run is when its jobs were last known to be in the queue; null when they are not.
 *
 * @param options.recheckMs leave out runs whose jobs were seen in the queue more recently than this
 */
export function dueRuns(
  db: Executor,
  options: { recheckMs: number; limit: number; conferenceId?: number | undefined },
): Promise<RunRow[]> {
  const next = db
    .selectDistinctOn([syncRuns.conferenceId])
    .from(syncRuns)
    .where(
      and(
        eq(syncRuns.state, 'queued'),
        options.conferenceId === undefined ? undefined : eq(syncRuns.conferenceId, options.conferenceId),
        sql`not exists (select from ${conferences} paused
          where paused.id = ${syncRuns.conferenceId} and paused.paused_at is not null)`,
        sql`not exists (select from ${syncRuns} other
          where other.conference_id = ${syncRuns.conferenceId} and other.state = 'running')`,
      ),
    )
    .orderBy(syncRuns.conferenceId, desc(sql`${syncRuns.approved} is not null`), asc(syncRuns.requestedAt))
    .as('next');
  return db
    .select()
    .from(next)
    .where(or(isNull(next.heartbeatAt), olderThan(next.heartbeatAt, options.recheckMs)))
    .orderBy(asc(next.requestedAt))
    .limit(options.limit);
}

/** Running runs without a sign of life for `staleMs`; one that waits for its next attempt is given that time too. */
export function staleRuns(db: Executor, options: { staleMs: number; limit: number }): Promise<RunRow[]> {
  return db
    .select()
    .from(syncRuns)
    .where(
      and(
        eq(syncRuns.state, 'running'),
        or(isNull(syncRuns.heartbeatAt), olderThan(syncRuns.heartbeatAt, options.staleMs)),
        or(isNull(syncRuns.retryAt), olderThan(syncRuns.retryAt, options.staleMs)),
      ),
    )
    .orderBy(asc(syncRuns.heartbeatAt))
    .limit(options.limit);
}

/**
 * Gives runs their next flow numbers; the jobs of all older ones are obsolete from now on.
 *
 * @returns the runs with their new numbers; without those that another process was faster with or that have ended
 */
export async function nextFlows(db: Executor, runs: readonly RunRow[]): Promise<RunRow[]> {
  if (runs.length === 0) return [];
  const seen = sql`json_to_recordset(${JSON.stringify(runs.map(({ id, flow, state }) => ({ id, flow, state })))}::json)`;
  return db
    .update(syncRuns)
    .set({ flow: sql`${syncRuns.flow} + 1`, heartbeatAt: sql`now()` })
    .from(sql`${seen} as seen(id uuid, flow int, state text)`)
    .where(
      and(
        sql`seen.id = ${syncRuns.id}`,
        sql`seen.flow = ${syncRuns.flow}`,
        sql`seen.state = ${syncRuns.state}`,
      ),
    )
    .returning(getTableColumns(syncRuns));
}

/** Takes a queued run out of its flow, so that it is enqueued anew when its turn comes. */
export async function forgetFlow(db: Executor, runId: string, flow: number): Promise<void> {
  await db
    .update(syncRuns)
    .set({ flow: flow + 1, heartbeatAt: null })
    .where(and(eq(syncRuns.id, runId), eq(syncRuns.flow, flow), eq(syncRuns.state, 'queued')));
}

function olderThan(column: AnyColumn, ageMs: number): SQL {
  return lt(column, sql`now() - ${Math.round(ageMs)} * interval '1 millisecond'`);
}
