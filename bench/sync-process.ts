/** A worker process under measurement: opens queue and mirror once, then syncs the conference `bench` when told. */

import '../src/lean-drizzle.ts';

const { openMirror } = await import('../src/db/open.ts');
const { readConfig } = await import('../src/config.ts');
const { createLogger } = await import('../src/log.ts');
const { openQueue } = await import('../src/queue/queue.ts');
const { findRun } = await import('../src/runs/runs.ts');

const config = readConfig();
const log = createLogger(config.log);
const database = await openMirror(config);
const queue = await openQueue({ config, database, log });
let ended: (() => void) | undefined;
let steps: Record<string, number> = {};
let firstResponseAt: number | undefined;
await queue.startWorker({
  observe: {
    onStep: (step, ms) => {
      steps[step] = Math.round(ms);
    },
    onResponse: ({ ms }) => {
      firstResponseAt ??= performance.now() - ms;
    },
    onRunEnd: () => ended?.(),
  },
});

async function sync() {
  steps = {};
  firstResponseAt = undefined;
  const cpu = process.cpuUsage();
  const started = performance.now();
  const done = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const id = await queue.requestSync({ conference: 'bench', trigger: 'api', actor: 'bench' });
  await done;
  const ms = performance.now() - started;
  const used = process.cpuUsage(cpu);
  const run = await findRun(database.orm, id);
  return {
    ms,
    steps,
    cpuMs: (used.user + used.system) / 1_000,
    peakRssMb: process.resourceUsage().maxRSS / 1024,
    firstRequestMs: (firstResponseAt ?? started) - started,
    state: run.state,
    changes: (run.result as { changes?: unknown } | null)?.changes ?? {},
  };
}

process.on('message', async (message) => {
  if (message === 'sync') process.send?.(await sync());
  if (message === 'stop') {
    await queue.close();
    await database.close();
    process.exit();
  }
});
process.send?.('ready');
