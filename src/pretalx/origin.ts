import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';

/**
 * What this process owes to one upstream host, whichever reading asks: no more than so many requests at a time, and
 * silence for as long as the host asked for.
 */
export interface Origin {
  queue: PQueue;
  /** Epoch milliseconds. */
  quietUntilMs: number;
}

const origins = new Map<string, Origin>();

/** The one `Origin` of this process for a host; its limit follows the setting that was given last. */
export function originOf(url: URL, concurrency: number): Origin {
  let origin = origins.get(url.origin);
  if (origin === undefined) {
    origin = { queue: new PQueue({ concurrency }), quietUntilMs: 0 };
    origins.set(url.origin, origin);
  }
  if (origin.queue.concurrency !== concurrency) origin.queue.concurrency = concurrency;
  return origin;
}

/** Waits until the host may be asked again. @throws the signal's reason when it is aborted meanwhile */
export async function whenQuietIsOver(origin: Origin, signal: AbortSignal): Promise<void> {
  for (let ms = origin.quietUntilMs - Date.now(); ms > 0; ms = origin.quietUntilMs - Date.now()) {
    await sleep(ms, undefined, { signal });
  }
}
