/** What has to hold once all is calm again; each fault is a sentence. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { eq, sql } from 'drizzle-orm';
import type { Database } from '../../src/db/client.ts';
import { syncRuns } from '../../src/db/schema/index.ts';
import { liveName, quoted, versionedTables, versionsName } from '../../src/history/tables.ts';
import { createLogger } from '../../src/log.ts';
import { openQueue } from '../../src/queue/queue.ts';
import { compareProgramme } from '../support/compared-programme.ts';
import type { AcceptedRequest } from './requests.ts';
import type { World } from './world.ts';

/** Each accepted request has a run that succeeded and did not begin before the request was made. */
export async function faultsOfRequests(
  { database }: World,
  accepted: readonly AcceptedRequest[],
): Promise<string[]> {
  const rows = await database.orm
    .select({ id: syncRuns.id, state: syncRuns.state, startedAt: syncRuns.startedAt, error: syncRuns.error })
    .from(syncRuns);
  const runs = new Map(rows.map((row) => [row.id, row]));
  const faults = new Set<string>();
  for (const { run: id, kind, sentAt } of accepted) {
    const run = runs.get(id);
    if (!run) faults.add(`run ${id}, which a request (${kind}) was promised, does not exist`);
    else if (run.state !== 'succeeded')
      faults.add(`run ${id} of a request (${kind}) is ${run.state}: ${JSON.stringify(run.error)}`);
    else if (run.startedAt === null || run.startedAt < sentAt)
      faults.add(
        `run ${id} began at ${run.startedAt?.toISOString()}, its request (${kind}) came at ${sentAt.toISOString()}`,
      );
  }
  return [...faults];
}

/** The mirror has what upstream has, and its newest run found nothing to do. */
export async function faultsOfMirror({ database, conferences }: World): Promise<string[]> {
  const faults: string[] = [];
  for (const { id, slug, upstream: server } of conferences) {
    const { mirrored, upstream } = await compareProgramme(database.orm, id, server);
    for (const [entity, rows] of Object.entries(upstream)) {
      if (isDeepStrictEqual(mirrored[entity], rows)) continue;
      faults.push(`${entity} of ${slug} differ: ${difference(mirrored[entity], rows)}`);
    }
    const [newest] = await database.orm
      .select({ result: syncRuns.result })
      .from(syncRuns)
      .where(eq(syncRuns.conferenceId, id))
      .orderBy(sql`requested_at desc`)
      .limit(1);
    const { changes } = (newest?.result ?? {}) as { changes?: Record<string, Record<string, number>> };
    const total = Object.values(changes ?? {}).reduce(
      (sum, { added = 0, changed = 0, removed = 0 }) => sum + added + changed + removed,
      0,
    );
    if (changes === undefined || total !== 0)
      faults.push(
        `another sync of ${slug} should change nothing, and says ${JSON.stringify(newest?.result)}`,
      );
  }
  return faults;
}

/** History: one open version of a key at most, no gap between its versions, and as-of now is what is live. */
export async function faultsOfHistory(database: Database): Promise<string[]> {
  const faults: string[] = [];
  for (const table of await versionedTables(database.orm)) {
    const key = table.keyColumns.map(quoted).join(', ');
    const [live, versions] = [liveName(table), versionsName(table)];
    const columns = table.columns.map(quoted).join(', ');
    const now = `select ${columns} from ${live}`;
    const then = `select ${columns} from ${quoted(table.schema)}.${quoted(`${table.name}_as_of`)}(now())`;
    const [counts] = await database.sql.unsafe<{ doubled: number; gaps: number; differing: number }[]>(`
      select (select count(*)::int from (select from ${versions} where end_transaction_id is null
                group by ${key} having count(*) > 1) open) as doubled,
             (select count(*)::int from (select end_transaction_id as ended,
                lead(transaction_id) over (partition by ${key} order by transaction_id) as next from ${versions}) chain
                where next is not null and ended is distinct from next) as gaps,
             (select count(*)::int from ((${now} except all ${then}) union all (${then} except all ${now})) both_ways)
               as differing`);
    for (const [what, count] of Object.entries(counts ?? {}))
      if (count > 0) faults.push(`history of ${table.name}: ${count} ${what}`);
  }
  return faults;
}

/** Nothing is left in the queue: no job waits, is under way or hangs on another. */
export async function faultsOfQueue({ database, config }: World, patienceMs: number): Promise<string[]> {
  const log = createLogger({ level: 'silent', format: 'json' });
  const queue = await openQueue({ config, database, log });
  const deadline = Date.now() + patienceMs;
  try {
    await queue.ready(30_000);
    for (;;) {
      const { completed: _completed, failed: _failed, ...open } = await queue.counts();
      const left = Object.entries(open).filter(([, count]) => count > 0);
      if (left.length === 0) return [];
      if (Date.now() > deadline)
        return left.map(([state, count]) => `${count} jobs are still ${state} in the queue`);
      await sleep(250);
    }
  } finally {
    await queue.close();
  }
}

function difference(mirrored: unknown, upstream: unknown): string {
  const texts = (rows: unknown) => new Set((rows as unknown[]).map((row) => JSON.stringify(row)));
  const [ours, theirs] = [texts(mirrored), texts(upstream)];
  const only = (some: Set<string>, others: Set<string>) =>
    [...some].filter((text) => !others.has(text)).slice(0, 3);
  return JSON.stringify({ onlyInMirror: only(ours, theirs), onlyUpstream: only(theirs, ours) });
}
