/** What people decide about a run that the guard holds, or that waits. */
import { and, eq, or, sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { syncRuns, syncSteps } from '../db/schema/runs.ts';
import { WrongStateError } from '../errors.ts';
import { findRun } from './find.ts';
import type { RunRow } from './progress.ts';
import { digestOfRemovals, type RunError } from './run-error.ts';
import { waitsForAttempt } from './waits-until.ts';
import { errorWithoutWaysOn } from './ways-on.ts';

/**
 * Lets a held run go on from its first step, with permission for the removals that were shown (also those that were
 * approved earlier) and no others.
 *
 * @param shown the digest (`error.shown`) of what whoever approves has seen; unless given, what is held now counts as seen
 * @throws NotFoundError
 * @throws WrongStateError when the run is not held, or is held for other removals by now
 */
export async function approveRun(db: Db, runId: string, shown?: string): Promise<RunRow> {
  const { id } = await findRun(db, runId);
  return db.transaction(async (tx) => {
    const [held] = await tx.select().from(syncRuns).where(eq(syncRuns.id, id)).for('update');
    if (held?.state !== 'held') throw notHeld(runId, held?.state ?? 'gone');
    const error = (held.error ?? {}) as Partial<RunError>;
    if (shown !== undefined && shown !== digestOfRemovals(error)) throw heldForOthers(held);
    const approved = { ...held.approved };
    for (const [entity, keys] of Object.entries(error.removing ?? {})) {
      approved[entity] = [...new Set([...(approved[entity] ?? []), ...keys])];
    }
    const [row] = await tx
      .update(syncRuns)
      .set({
        state: 'queued',
        approved,
        attempts: 0,
        workersLost: 0,
        heartbeatAt: null,
        progress: null,
        error: null,
        flow: sql`${syncRuns.flow} + 1`,
      })
      .where(eq(syncRuns.id, id))
      .returning();
    await tx.delete(syncSteps).where(eq(syncSteps.runId, runId));
    return row as RunRow;
  });
}

/**
 * Ends a held run, or one that waits for its next attempt: what it would have changed from there on stays as it was.
 *
 * @throws NotFoundError @throws WrongStateError when the run neither is held nor waits
 */
export async function rejectRun(db: Db, runId: string): Promise<RunRow> {
  const before = await findRun(db, runId);
  const [row] = await db
    .update(syncRuns)
    .set({ state: 'rejected', finishedAt: sql`now()`, retryAt: null })
    .where(and(eq(syncRuns.id, runId), or(eq(syncRuns.state, 'held'), waitsForAttempt)))
    .returning();
  if (!row) {
    throw new WrongStateError(
      `Run ${runId} is ${before.state}; only a run that is held, or that waits for its next attempt, can be rejected. greenroom runs shows which are.`,
    );
  }
  return row;
}

function notHeld(runId: string, state: string): WrongStateError {
  return new WrongStateError(
    `Run ${runId} is ${state}; only a held run can be approved. greenroom runs shows which are held.`,
  );
}

function heldForOthers(run: RunRow): WrongStateError {
  return new WrongStateError(
    `Run ${run.id} is held for other removals than those that were shown, so nothing was approved. Now: ${errorWithoutWaysOn(run)?.message} Look at it again, then decide.`,
  );
}
