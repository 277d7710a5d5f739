/** Looks on at a run from any process: PostgreSQL is asked, because events of a queue can get lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Database } from '../db/client.ts';
import { conferences } from '../db/schema/conferences.ts';
import { type RunState, syncRuns } from '../db/schema/runs.ts';
import { hasEnded } from '../runs/runs.ts';
import type { Progress } from '../sync/context.ts';
import type { StepName } from '../sync/steps.ts';

const first = alias(syncRuns, 'first');

/** What is known of a run at one moment; `progress` has the latest of each step. */
export interface RunSnapshot {
  state: RunState;
  /** When its conference was paused: then it does not begin, and goes on when it has begun. */
  pausedAt: Date | null;
  progress: Partial<Record<StepName, Progress>>;
  attempts: number;
  /** When the next attempt is due, while the run waits for it. */
  retryAt: Date | null;
  result: unknown;
  error: unknown;
  /** The run of its conference that goes first, while this one is queued. */
  behind: { id: string; retryAt: Date | null; error: unknown } | null;
}

/**
 * Gives the run's state at once and then whenever it has changed; ends after an ended or held state, when the run is
 * gone, and when `signal` aborts.
 */
export async function* watchRun(
  database: Database,
  runId: string,
  options: { signal?: AbortSignal | undefined; intervalMs?: number } = {},
): AsyncGenerator<RunSnapshot, void> {
  const { signal, intervalMs = 200 } = options;
  let seen: string | undefined;
  while (!signal?.aborted) {
    const snapshot = await look(database, runId);
    if (!snapshot) return;
    const now = JSON.stringify(snapshot);
    if (now !== seen) yield snapshot;
    if (hasEnded(snapshot.state)) return;
    seen = now;
    await sleep(intervalMs, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}

async function look(database: Database, runId: string): Promise<RunSnapshot | undefined> {
  const { state, progress, attempts, retryAt, result, error } = syncRuns;
  const behind = { id: first.id, retryAt: first.retryAt, error: first.error };
  const [row] = await database.orm
    .select({ state, pausedAt: conferences.pausedAt, progress, attempts, retryAt, result, error, behind })
    .from(syncRuns)
    .innerJoin(conferences, eq(conferences.id, syncRuns.conferenceId))
    .leftJoin(
      first,
      and(eq(first.conferenceId, conferences.id), eq(first.state, 'running'), eq(state, 'queued')),
    )
    .where(eq(syncRuns.id, runId));
  return row && { ...row, progress: (row.progress ?? {}) as RunSnapshot['progress'] };
}
