/** Time that can be compared between processes of one machine, and waiting for something to come true. */
import { setTimeout as sleep } from 'node:timers/promises';

export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Looks every so often.
 *
 * @returns when it was seen, on the machine's clock
 * @throws Error when it does not come true in time
 */
export async function seenAtMs(
  what: string,
  isTrue: () => Promise<boolean>,
  { everyMs, withinMs }: { everyMs: number; withinMs: number },
): Promise<number> {
  for (const deadline = machineMs() + withinMs; machineMs() < deadline; await sleep(everyMs)) {
    if (await isTrue()) return machineMs();
  }
  throw new Error(`Not within ${withinMs} ms: ${what}`);
}
