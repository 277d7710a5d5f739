/**
 * Workers are killed, servers restart, pretalx misbehaves and changes, requests come all the time. CHAOS_SECONDS says
 * how long in all, CHAOS_SEED makes the same choices again.
 */
import { describe, expect, test } from 'vitest';
import { backends } from '../support/backends.ts';
import { chaos } from './chaos.ts';
import { anySeed } from './random.ts';

const seconds = Number(process.env.CHAOS_SECONDS ?? 80) / backends.length;
const seed = Number(process.env.CHAOS_SEED ?? anySeed());

describe.each(backends)('after chaos on $name', ({ name: backend }) => {
  test(
    `no request is lost, nothing overlapped, and mirror and history are right (CHAOS_SEED=${seed})`,
    async () => {
      const lines: string[] = [];
      const began = Date.now();
      const tell = (line: string) => lines.push(`${Date.now() - began} ms: ${line}`);
      const { faults, ...numbers } = await chaos({ backend, seed, seconds, tell });
      console.log(`chaos on ${backend}, CHAOS_SEED=${seed}: ${JSON.stringify(numbers)}`);
      expect(faults, lines.join('\n')).toEqual([]);
    },
    900_000 + seconds * 1_000,
  );
});
