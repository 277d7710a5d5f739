import type { Client } from './client.ts';
import { notPretalx } from './failures.ts';
import { parseAnswer } from './parse.ts';
import type { Release } from './programme-reading.ts';
import { wireRelease } from './wire.ts';

/** The latest release, and whether it still is the latest after everything else was read. */
interface WithRelease {
  /** The client to ask for everything else. */
  client: Client;
  /** Asks. Null: nothing was released yet. */
  release(): Promise<Release | null>;
  /** Asks, unless that was done just now, after the last answer to anything else. */
  currentRelease(): Promise<Release | null>;
}

/** How long an answer counts as the latest; it is asked for ahead, so that a run needn't wait for it at its end. */
const FRESH_MS = 1_000;

export function withRelease(client: Client): WithRelease {
  let answers = 0;
  let last: { latest: Promise<Release | null>; afterAnswers: number; atMs: number } | undefined;

  async function release(): Promise<Release | null> {
    const answer = await client.get('schedules/latest/');
    if (answer.status === 404) return null;
    if (answer.status !== 200) throw notPretalx(answer.place, `status ${answer.status}`);
    const { id, version, published } = parseAnswer(answer, wireRelease).value;
    return { id, version, publishedAt: published ?? null };
  }

  return {
    client: {
      ...client,
      async get(...question) {
        const answer = await client.get(...question);
        answers += 1;
        return answer;
      },
    },
    release,
    currentRelease() {
      const nowMs = performance.now();
      if (last?.afterAnswers !== answers || nowMs - last.atMs > FRESH_MS) {
        last = { latest: release(), afterAnswers: answers, atMs: nowMs };
      }
      return last.latest;
    },
  };
}
