/** A mirror with a queue on one of the backends, and steps that a test writes itself. */
import { vi } from 'vitest';
import { type Config, readConfig } from '../../src/config.ts';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { createLogger } from '../../src/log.ts';
import type { ProgrammeReading } from '../../src/pretalx/reading.ts';
import { openQueue, type Queue } from '../../src/queue/queue.ts';
import type { Steps } from '../../src/queue/step-job.ts';
import { type FoundRun, findRun, listRuns } from '../../src/runs/runs.ts';
import { eventAddress, type RunResult, type StepContext, type StepName } from '../../src/sync/index.ts';
import type { Backend } from '../support/backends.ts';
import { createTestDatabase } from '../support/postgres.ts';

export interface Rig {
  database: Database;
  config: Config;
  queue: Queue;
  redisUrl: string | undefined;
  /** Another process' view: its own connections to both. */
  another(): Promise<{ database: Database; queue: Queue }>;
  /** Waits until the run is in one of these states. */
  until(runId: string, ...states: FoundRun['state'][]): Promise<FoundRun>;
  runsOf(conferenceId: number): Promise<FoundRun[]>;
  close(): Promise<void>;
}

export const silent = createLogger(
  { level: process.env.TEST_LOG ?? 'silent', format: 'json' },
  process.stderr,
);

export async function openRig(backend: Pick<Backend, 'redisUrl'>, env: NodeJS.ProcessEnv = {}): Promise<Rig> {
  const mirror = await createTestDatabase();
  const redisUrl = backend.redisUrl();
  const config = readConfig({
    DATABASE_URL: mirror.url,
    GREENROOM_BACKOFF: '40ms',
    ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
    ...env,
  });
  const { database } = mirror;
  const queue = await openQueue({ config, database, log: silent });
  const closers = [() => queue.close()];
  return {
    database,
    config,
    queue,
    redisUrl,
    async another() {
      const own = openDatabase(mirror.url, { maxConnections: 5 });
      const its = await openQueue({ config, database: own, log: silent });
      closers.unshift(async () => {
        await its.close();
        await own.close();
      });
      return { database: own, queue: its };
    },
    until: (runId, ...states) =>
      vi.waitFor(
        async () => {
          const run = await findRun(database.orm, runId);
          if (!states.includes(run.state)) throw new Error(`The run is ${run.state}.`);
          return run;
        },
        { timeout: 25_000, interval: 40 },
      ),
    runsOf: (conferenceId) => listRuns(database.orm, { conferenceId, limit: 100 }),
    async close() {
      for (const close of closers) await close();
      await mirror.drop();
    },
  };
}

export type Perform = (
  step: StepName,
  context: StepContext,
) => Promise<{ result?: Partial<RunResult> } | undefined>;

/** Steps that do what the test says; their upstream is not read. */
export function stepsThat(perform: Perform, closed: { count: number } = { count: 0 }): Steps {
  return {
    perform: async (step, context) => ((await perform(step, context)) ?? {}) as { result?: RunResult },
    openReading: (conference, config) => {
      const close = () => {
        closed.count += 1;
      };
      return { address: eventAddress(conference, config), close } as unknown as ProgrammeReading;
    },
  };
}

/** A promise that the test opens. */
export function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
