import { and, eq, ne, sql } from 'drizzle-orm';
import type { Db } from '../db/client.ts';
import { syncRuns } from '../db/schema/runs.ts';
import { GreenroomError, RemovalGuardError } from '../errors.ts';
import { type RunRow, running } from './progress.ts';

/** How a run ends, or stops to be decided about. Nothing happens, and undefined is returned, when the run no longer
 * runs in this flow. */
export interface RunError {
  name: string;
  message: string;
  entity?: string;
  existing?: number;
  /** Keys that would go, by entity. */
  removing?: Record<string, string[]>;
}

/** What `sync_runs.error` says of a failure: no stack, no query, no secret. */
export function runError(error: unknown): RunError {
  if (error instanceof RemovalGuardError) {
    const { name, message, entity, existing, removing } = error;
    return { name, message, entity, existing, removing: { [entity]: [...removing] } };
  }
  if (error instanceof GreenroomError) return { name: error.name, message: error.message };
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return inner instanceof Error
    ? { name: inner.name, message: `Something unexpected went wrong: ${inner.message}` }
    : { name: 'Error', message: `Something unexpected went wrong: ${String(inner)}` };
}

/** The run is done. One that was held has been overtaken by it. */
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
    if (row) await supersedeHeld(tx, row.conferenceId, runId);
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

/** The guard holds the run until somebody decides; it takes the place of an older held one. */
export function holdRun(
  db: Db,
  runId: string,
  flow: number,
  error: RemovalGuardError,
): Promise<RunRow | undefined> {
  return db.transaction(async (tx) => {
    const [current] = await tx.select().from(syncRuns).where(running(runId, flow)).for('update');
    if (!current) return undefined;
    await supersedeHeld(tx, current.conferenceId, runId);
    const [row] = await tx
      .update(syncRuns)
      .set({ state: 'held', retryAt: null, error: runError(error) })
      .where(running(runId, flow))
      .returning();
    return row;
  });
}

type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];

async function supersedeHeld(tx: Tx, conferenceId: number, by: string): Promise<void> {
  await tx
    .update(syncRuns)
    .set({ state: 'superseded', finishedAt: sql`now()` })
    .where(and(eq(syncRuns.conferenceId, conferenceId), eq(syncRuns.state, 'held'), ne(syncRuns.id, by)));
}
