import { type AnyColumn, and, asc, desc, eq, isNull, lt, or, type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { conferences } from '../db/schema/conferences.ts';
import { syncRuns } from '../db/schema/runs.ts';
import type { RunRow } from './progress.ts';

/** Which runs need jobs in the queue: those whose turn it is, and those whose worker is gone. */

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
 * Gives the run its next flow number; the jobs of all older ones are obsolete from now on.
 *
 * @returns the number, or undefined when another process was faster or the run has ended
 */
export async function nextFlow(db: Executor, run: RunRow): Promise<number | undefined> {
  const [row] = await db
    .update(syncRuns)
    .set({ flow: run.flow + 1, heartbeatAt: sql`now()` })
    .where(and(eq(syncRuns.id, run.id), eq(syncRuns.flow, run.flow), eq(syncRuns.state, run.state)))
    .returning({ flow: syncRuns.flow });
  return row?.flow;
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
