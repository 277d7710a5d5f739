/** How a run goes on while it runs: claimed, alive, tried again. What each function says held when its statement ran. */
import { and, eq, getTableColumns, inArray, sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { sqlStateOf } from '../db/failure.ts';
import { conferences } from '../db/schema/conferences.ts';
import { type RunRow, syncRuns } from '../db/schema/runs.ts';
import { isOneOf } from '../db/statements.ts';
import { runError } from './run-error.ts';

/** Another run of the conference was claimed at the same moment. */
const uniqueViolation = '23505';

export type { RunRow };

/**
 * Makes a queued run the running one of its conference.
 *
 * @returns the run, or undefined when it is not this flow's turn: another run of the conference is running, the
 *   conference is paused, or the run has another flow by now
 */
export async function claimRun(db: Executor, runId: string, flow: number): Promise<RunRow | undefined> {
  try {
    const [row] = await db
      .update(syncRuns)
      .set({
        state: 'running',
        // Not now(): the statement may have waited for a request that joined the run meanwhile.
        startedAt: sql`coalesce(${syncRuns.startedAt}, clock_timestamp())`,
        heartbeatAt: sql`now()`,
        attempts: sql`${syncRuns.attempts} + 1`,
        retryAt: null,
        progress: {},
        error: null,
      })
      .from(conferences)
      .where(
        and(
          eq(syncRuns.id, runId),
          eq(syncRuns.flow, flow),
          eq(syncRuns.state, 'queued'),
          eq(conferences.id, syncRuns.conferenceId),
          sql`${conferences.pausedAt} is null`,
          sql`not exists (select from ${syncRuns} other
            where other.conference_id = ${syncRuns.conferenceId} and other.state = 'running')`,
        ),
      )
      .returning(getTableColumns(syncRuns));
    return row;
  } catch (error) {
    if (sqlStateOf(error) === uniqueViolation) return undefined;
    throw error;
  }
}

/** Says that an attempt begins that the run waited for. */
export async function endWait(db: Executor, runId: string, flow: number): Promise<void> {
  await db.update(syncRuns).set({ heartbeatAt: sql`now()`, retryAt: null }).where(running(runId, flow));
}

/**
 * Says that the run's worker is alive, with the steps' progress since the last time. It may be late: what the run waits
 * for by then stays.
 *
 * @returns false when the run no longer runs in this flow
 */
export async function heartbeat(
  db: Executor,
  runId: string,
  flow: number,
  progress: Readonly<Record<string, unknown>> = {},
): Promise<boolean> {
  const changed = await db
    .update(syncRuns)
    .set({
      heartbeatAt: sql`now()`,
      progress: sql`${syncRuns.progress} || ${JSON.stringify(progress)}::jsonb`,
    })
    .where(running(runId, flow))
    .returning({ id: syncRuns.id });
  return changed.length > 0;
}

/**
 * Counts a failed attempt and plans the next one, which does the step that failed from its beginning.
 *
 * @returns the number of the attempt that failed and whether there is a next one; undefined when the run no longer
 *   runs in this flow
 */
export async function countFailure(
  db: Executor,
  runId: string,
  flow: number,
  options: { step: string; attempts: number; delayMs: (failed: number) => number; error: unknown },
): Promise<{ failed: number; retryInMs: number | undefined } | undefined> {
  const [row] = await db.select({ attempts: syncRuns.attempts }).from(syncRuns).where(running(runId, flow));
  if (!row) return undefined;
  if (row.attempts >= options.attempts) return { failed: row.attempts, retryInMs: undefined };
  const retryInMs = options.delayMs(row.attempts);
  const [counted] = await db
    .update(syncRuns)
    .set({
      attempts: row.attempts + 1,
      retryAt: inMs(retryInMs),
      progress: sql`${syncRuns.progress} - ${options.step}::text`,
      error: runError(options.error),
    })
    .where(running(runId, flow))
    .returning({ id: syncRuns.id });
  return counted && { failed: row.attempts, retryInMs };
}

/** Notes when the run goes on and what it waits for, without counting an attempt. */
export async function waitUntil(
  db: Executor,
  runId: string,
  flow: number,
  delayMs: number,
  reason: unknown,
): Promise<void> {
  await db
    .update(syncRuns)
    .set({ retryAt: inMs(delayMs), error: runError(reason) })
    .where(running(runId, flow));
}

/** Says of runs that their jobs were seen waiting in the queue just now. */
export async function touchRuns(db: Executor, runIds: readonly string[]): Promise<void> {
  if (runIds.length === 0) return;
  await db
    .update(syncRuns)
    .set({ heartbeatAt: sql`now()` })
    .where(and(isOneOf(syncRuns.id, runIds), inArray(syncRuns.state, ['queued', 'running'])));
}

/** Counts for running runs that another worker goes on, because theirs was silent. */
export async function countLostWorkers(db: Executor, runIds: readonly string[]): Promise<void> {
  if (runIds.length === 0) return;
  await db
    .update(syncRuns)
    .set({ workersLost: sql`${syncRuns.workersLost} + 1` })
    .where(and(isOneOf(syncRuns.id, runIds), eq(syncRuns.state, 'running')));
}

/** The run, as long as it runs in this flow. */
export function running(runId: string, flow: number) {
  return and(eq(syncRuns.id, runId), eq(syncRuns.flow, flow), eq(syncRuns.state, 'running'));
}

function inMs(delayMs: number) {
  return sql`now() + ${Math.round(delayMs)} * interval '1 millisecond'`;
}
