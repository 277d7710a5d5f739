/** When a failed attempt is tried again. */
import type { BackoffStrategy } from 'bullmq';
import type { Config } from '../config.ts';

const longestPauseMs = 60_000;

/** An attempt failed, and BullMQ shall try the job again after `delayMs`. */
export class AttemptFailedError extends Error {
  override readonly name = 'AttemptFailedError';
  readonly delayMs: number;
  constructor(message: string, delayMs: number, cause: unknown) {
    super(message, { cause });
    this.delayMs = delayMs;
  }
}

/**
 * The pause after the `failed`-th attempt in ms: doubling from the first one, at most the longest one, and shortened at
 * random by up to a half, so that what failed together is not tried again together.
 */
export function backoffDelayMs(
  failed: number,
  { backoffMs, maxBackoffMs = longestPauseMs }: { backoffMs: number; maxBackoffMs?: number },
): number {
  const longestMs = Math.min(backoffMs * 2 ** (failed - 1), maxBackoffMs);
  return Math.round(longestMs * (1 - Math.random() / 2));
}

/** For the worker's `settings`: the pause was decided when the attempt was counted. */
export function backoffStrategy(retry: Config['retry']): BackoffStrategy {
  return (attemptsMade, _type, error) =>
    error instanceof AttemptFailedError ? error.delayMs : backoffDelayMs(attemptsMade, retry);
}
