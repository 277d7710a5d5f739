/** What people decide about a run that the guard holds. */
import { and, eq, sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { syncRuns, syncSteps } from '../db/schema/runs.ts';
import { WrongStateError } from '../errors.ts';
import { findRun } from './find.ts';
import type { RunRow } from './progress.ts';
import type { RunError } from './run-error.ts';

/**
 * Lets a held run go on from its first step, with permission for the removals that were shown (also those that were
 * approved earlier) and no others.
 *
 * @throws NotFoundError @throws WrongStateError when the run is not held
 */
export async function approveRun(db: Db, runId: string): Promise<RunRow> {
  const before = await findRun(db, runId);
  const shown = (before.error as RunError | null)?.removing ?? {};
  const approved = { ...before.approved };
  for (const [entity, keys] of Object.entries(shown)) {
    approved[entity] = [...new Set([...(approved[entity] ?? []), ...keys])];
  }
  return db.transaction(async (tx) => {
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
      .where(and(eq(syncRuns.id, runId), eq(syncRuns.state, 'held')))
      .returning();
    if (!row) throw notHeld(runId, before.state, 'approved');
    await tx.delete(syncSteps).where(eq(syncSteps.runId, runId));
    return row;
  });
}

/**
 * Ends a held run; what it would have changed from the held step on stays as it was.
 *
 * @throws NotFoundError @throws WrongStateError when the run is not held
 */
export async function rejectRun(db: Db, runId: string): Promise<RunRow> {
  const before = await findRun(db, runId);
  const [row] = await db
    .update(syncRuns)
    .set({ state: 'rejected', finishedAt: sql`now()` })
    .where(and(eq(syncRuns.id, runId), eq(syncRuns.state, 'held')))
    .returning();
  if (!row) throw notHeld(runId, before.state, 'rejected');
  return row;
}

function notHeld(runId: string, state: string, decided: string): WrongStateError {
  return new WrongStateError(
    `Run ${runId} is ${state}; only a held run can be ${decided}. greenroom runs shows which are held.`,
  );
}
