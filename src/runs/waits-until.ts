/** A run that waits for its next attempt. No worker is at it: whichever begins the attempt clears the time first. */
import { and, eq, gt, sql } from 'drizzle-orm';
import { type RunRow, syncRuns } from '../db/schema/runs.ts';

/** In a statement: whether a run waits. */
export const waitsForAttempt = and(eq(syncRuns.state, 'running'), gt(syncRuns.retryAt, sql`now()`));

/** When a run goes on that waits; undefined when it doesn't. Until then it can be rejected. */
export function waitsUntil({ state, retryAt }: Pick<RunRow, 'state' | 'retryAt'>): Date | undefined {
  return state === 'running' && retryAt !== null && retryAt.getTime() > Date.now() ? retryAt : undefined;
}
