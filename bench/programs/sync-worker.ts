/** A worker under measurement: opens mirror and queue once, then syncs the conference `bench` when told. */
import '../../src/lean-heap.ts';
import '../../src/lean-drizzle.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const { openMirror } = await import('../../src/db/open.ts');
const { readConfig } = await import('../../src/config.ts');
const { createLogger } = await import('../../src/log.ts');
const { openQueue } = await import('../../src/queue/queue.ts');
const { findRun } = await import('../../src/runs/runs.ts');
const { performStep, readingFor } = await import('../../src/sync/index.ts');
const { answerParent } = await import('./answering.ts');

export interface SyncFigures {
  /** From the request to the run's end, which is committed. */
  ms: number;
  /** What each step took by itself, without the queue. */
  stepsMs: Record<string, number>;
  cpuMs: number;
}

const longestMs = 240_000;

const config = readConfig();
const log = createLogger(config.log);
const database = await openMirror(config);
const queue = await openQueue({ config, database, log });
let ended: (() => void) | undefined;
let stepsMs: Record<string, number> = {};
await queue.startWorker({
  steps: {
    openReading: readingFor,
    async perform(step, context) {
      const startedAt = performance.now();
      try {
        return await performStep(step, context);
      } finally {
        stepsMs[step] = performance.now() - startedAt;
      }
    },
  },
  observe: { onRunEnd: () => ended?.() },
});

answerParent({
  async sync(): Promise<SyncFigures> {
    stepsMs = {};
    const done = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    const id = await queue.requestSync({ conference: 'bench', trigger: 'api', actor: 'bench' });
    await Promise.race([done, sleep(longestMs, undefined, { ref: false })]);
    const ms = performance.now() - startedAt;
    const used = process.cpuUsage(cpu);
    const run = await findRun(database.orm, id);
    if (run.state !== 'succeeded') throw new Error(`The run is ${run.state}: ${JSON.stringify(run)}`);
    return { ms, stepsMs, cpuMs: (used.user + used.system) / 1_000 };
  },
  async close() {
    await queue.close();
    await database.close();
  },
});
