/** What the queue adds to a run: end to end, less what the steps take by themselves, with nothing to read. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Aimed, Cell, Measurement } from '../measurement.ts';
import type { SyncFigures } from '../programs/sync-worker.ts';
import { median } from '../report/numbers.ts';
import { stopSyncWorker } from '../stage/stage.ts';
import { Upstream } from '../stage/upstream.ts';

const pauseMs = 50;

export const queue: Measurement = {
  name: 'queue',
  async measure(stage, say) {
    const times = stage.options.smallest ? 5 : 50;
    const upstream = await Upstream.start({ talks: 0 });
    const rows: Cell[][] = [];
    const aimed: Aimed[] = [];
    for (const backend of stage.timedBackends) {
      say(`${times} runs, ${backend}`);
      const mirror = await stage.openMirrorOfBench();
      const worker = await stage.startSyncWorker(mirror.url, backend, upstream);
      const runs: { ms: number; queueMs: number }[] = [];
      for (let run = -3; run < times; run += 1) {
        const { ms, stepsMs } = await worker.ask<SyncFigures>('sync');
        const own = Object.values(stepsMs).reduce((sum, step) => sum + step, 0);
        if (run >= 0) runs.push({ ms, queueMs: ms - own });
        await sleep(pauseMs);
      }
      await stopSyncWorker(worker);
      await mirror.drop();
      const queueMs = runs.map((run) => run.queueMs).sort((a, b) => a - b);
      const figure = median(queueMs);
      const ninth = queueMs[Math.floor(queueMs.length * 0.9)];
      rows.push([backend, times, median(runs.map(({ ms }) => ms)), figure, ninth, queueMs.at(-1)]);
      aimed.push({
        aim: backend === 'redis' ? 'queueOnRedis' : 'queueOnPostgres',
        where: `${times} runs`,
        figure,
      });
    }
    await upstream.stop();
    const columns = [
      'queue',
      'runs',
      'run, median ms',
      "queue's share, median ms",
      '9 of 10 within, ms',
      'slowest, ms',
    ];
    return { tables: [{ columns, rows }], aimed, notes };
  },
};

const notes = [
  "The queue's share is the time from the request to the run's committed end, less what the four steps take by themselves: keeping the request, enqueuing, handing over four jobs, claiming the run, its progress, and its end. The conference has no talks, one room and nothing that changed; one worker, warm, 50 ms between runs.",
];
