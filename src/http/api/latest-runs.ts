/** What the status of conferences rests on: their last run, and their last success. */
import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { conferences, syncRuns } from '../../db/schema/index.ts';
import type { FoundRun } from '../../runs/runs.ts';

/** `last` is the newest run of any state, `succeeded` the newest that succeeded, `held` the one that waits for somebody. */
export interface LatestRuns {
  last?: FoundRun;
  succeeded?: FoundRun;
  held?: FoundRun;
}

/** By conference id, for those that have had a run. */
export async function latestRuns(
  db: Executor,
  conferenceIds: readonly number[],
): Promise<Map<number, LatestRuns>> {
  const found = new Map<number, LatestRuns>();
  if (conferenceIds.length === 0) return found;
  const ids = [...conferenceIds];
  const [last, succeeded, held] = await Promise.all([
    newest(db, and(inArray(syncRuns.conferenceId, ids))),
    newest(db, and(inArray(syncRuns.conferenceId, ids), eq(syncRuns.state, 'succeeded'))),
    newest(db, and(inArray(syncRuns.conferenceId, ids), eq(syncRuns.state, 'held'))),
  ]);
  const put = (kind: keyof LatestRuns, runs: FoundRun[]) => {
    for (const run of runs) found.set(run.conferenceId, { ...found.get(run.conferenceId), [kind]: run });
  };
  put('last', last);
  put('succeeded', succeeded);
  put('held', held);
  return found;
}

async function newest(db: Executor, where: ReturnType<typeof and>): Promise<FoundRun[]> {
  const rows = await db
    .selectDistinctOn([syncRuns.conferenceId])
    .from(syncRuns)
    .innerJoin(conferences, eq(conferences.id, syncRuns.conferenceId))
    .where(where)
    .orderBy(syncRuns.conferenceId, desc(sql`coalesce(${syncRuns.finishedAt}, ${syncRuns.requestedAt})`));
  return rows.map((row) => ({ ...row.sync_runs, conference: row.conferences.slug }));
}
