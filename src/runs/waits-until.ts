import type { RunRow } from '../db/schema/runs.ts';

/** When a run goes on that waits for its next attempt; undefined when it doesn't wait. Until then it can be rejected. */
export function waitsUntil({ state, retryAt }: Pick<RunRow, 'state' | 'retryAt'>): Date | undefined {
  return state === 'running' && retryAt !== null && retryAt.getTime() > Date.now() ? retryAt : undefined;
}
