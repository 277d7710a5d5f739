/** The command's options. */
import { parseArgs } from 'node:util';

/** Where the queue is. */
export type Backend = 'redis' | 'postgres';

export interface Options {
  /** Names of measurements. */
  only: readonly string[];
  talks: readonly number[];
  latenciesMs: readonly number[];
  backends: readonly Backend[];
  /** Everything so small that it takes a minute; for CI. */
  smallest: boolean;
  /** Put the figures into the docs. */
  write: boolean;
}

export const usage = `npm run bench -- [--only NAME,…] [--talks N,…] [--latency MS,…] [--backend postgres,redis] [--smallest] [--write]

  --only      some measurements: NAMES
  --talks     sizes of the generated programme (500,5000,50000)
  --latency   milliseconds added to each response (0,50)
  --backend   where the queue is (redis,postgres)
  --smallest  everything at 500 talks and in small numbers, to see that it works and that the counts are right
  --write     put the figures into docs/performance.md and docs/scaling.md

DATABASE_URL and REDIS_URL name servers to measure on; without them the bench starts its own.`;

/** @throws Error naming what can't be used */
export function readOptions(args: readonly string[], names: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      talks: { type: 'string' },
      latency: { type: 'string' },
      backend: { type: 'string', default: 'redis,postgres' },
      smallest: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const { smallest, write } = values;
  return {
    only: list(values.only ?? names.join(','), 'only', (name) => (names.includes(name) ? name : undefined)),
    talks: list(values.talks ?? (smallest ? '500' : '500,5000,50000'), 'talks', wholeNumber),
    latenciesMs: list(values.latency ?? (smallest ? '0' : '0,50'), 'latency', wholeNumber),
    backends: list(values.backend, 'backend', (name) =>
      name === 'redis' || name === 'postgres' ? name : undefined,
    ),
    smallest,
    write,
  };
}

function list<T>(text: string, option: string, read: (word: string) => T | undefined): T[] {
  return text.split(',').map((word) => {
    const value = read(word.trim());
    if (value === undefined) throw new Error(`--${option} can't be "${word}"`);
    return value;
  });
}

function wholeNumber(word: string): number | undefined {
  return /^\d+$/.test(word) ? Number(word) : undefined;
}
