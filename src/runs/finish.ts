/** How a run ends, or stops to be decided about. Nothing happens, and undefined is returned, when the run no longer
 * runs in this flow. */
import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { Db, Tx } from '../db/client.ts';
import { syncRuns } from '../db/schema/runs.ts';
import { GreenroomError, type RemovalGuardError } from '../errors.ts';
import { type RunRow, running } from './progress.ts';
import { ordered } from './request.ts';
import { runError } from './run-error.ts';

/** The run is done. One that was held has been overtaken by it, when this one did all that the held one was asked. */
export function succeedRun(
  db: Db,
  runId: string,
  flow: number,
  result: unknown,
): Promise<RunRow | undefined> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .update(syncRuns)
      .set({ state: 'succeeded', finishedAt: sql`now()`, retryAt: null, result, error: null })
      .where(running(runId, flow))
      .returning();
    if (row)
      await supersedeHeld(
        tx,
        row,
        sql`${syncRuns.entities} <@ ${sql.param(row.entities, syncRuns.entities)}`,
      );
    return row;
  });
}

/** The run has failed for good. */
export async function failRun(
  db: Db,
  runId: string,
  flow: number,
  error: unknown,
): Promise<RunRow | undefined> {
  const [row] = await db
    .update(syncRuns)
    .set({ state: 'failed', finishedAt: sql`now()`, retryAt: null, error: runError(error) })
    .where(running(runId, flow))
    .returning();
  return row;
}

/**
 * The guard holds the run until somebody decides. It takes the place of an older held one, and does what that one was
 * asked for too when it is approved.
 */
export function holdRun(
  db: Db,
  runId: string,
  flow: number,
  error: RemovalGuardError,
): Promise<RunRow | undefined> {
  return db.transaction(async (tx) => {
    const [current] = await tx.select().from(syncRuns).where(running(runId, flow)).for('update');
    if (!current) return undefined;
    const older = await supersedeHeld(tx, current);
    const entities = ordered([...current.entities, ...older.flatMap((run) => run.entities)]);
    const [row] = await tx
      .update(syncRuns)
      .set({ state: 'held', retryAt: null, error: runError(error), entities })
      .where(running(runId, flow))
      .returning();
    return row;
  });
}

function supersedeHeld(tx: Tx, by: RunRow, condition?: SQL): Promise<RunRow[]> {
  const held = and(eq(syncRuns.conferenceId, by.conferenceId), eq(syncRuns.state, 'held'));
  return tx
    .update(syncRuns)
    .set({ state: 'superseded', finishedAt: sql`now()` })
    .where(and(held, condition))
    .returning();
}

/** A run whose workers died again and again. */
export async function failAbandonedRun(db: Db, run: RunRow): Promise<RunRow | undefined> {
  const error = new GreenroomError(
    `The run's workers died ${run.workersLost} times without an error. Look into their logs, memory above all, then request it again.`,
  );
  return failRun(db, run.id, run.flow, error);
}
