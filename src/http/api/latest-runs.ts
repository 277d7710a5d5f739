/** What the status of conferences rests on: their last run, and their last success. */
import { and, desc, eq, sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { conferences, type RunState, syncRuns } from '../../db/schema/index.ts';
import { isOneOf } from '../../db/statements.ts';
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
  const [last, succeeded, held] = await Promise.all([
    newest(db, conferenceIds),
    newest(db, conferenceIds, 'succeeded'),
    newest(db, conferenceIds, 'held'),
  ]);
  const put = (kind: keyof LatestRuns, runs: FoundRun[]) => {
    for (const run of runs) found.set(run.conferenceId, { ...found.get(run.conferenceId), [kind]: run });
  };
  put('last', last);
  put('succeeded', succeeded);
  put('held', held);
  return found;
}

/** One step into an index of runs for each conference, however many runs there have been. */
async function newest(db: Executor, conferenceIds: readonly number[], state?: RunState): Promise<FoundRun[]> {
  // Written out, not a parameter: a partial index is only used for a state that the planner knows.
  const isState = state && sql`${syncRuns.state} = ${sql.raw(`'${state}'`)}`;
  const run = db
    .select()
    .from(syncRuns)
    .where(and(eq(syncRuns.conferenceId, conferences.id), isState))
    .orderBy(desc(syncRuns.requestedAt))
    .limit(1)
    .as('run');
  const rows = await db
    .select()
    .from(conferences)
    .innerJoinLateral(run, sql`true`)
    .where(isOneOf(conferences.id, conferenceIds));
  return rows.map((row) => ({ ...row.run, conference: row.conferences.slug }));
}
