/** Other ways to do the same, against greenroom in the same run. */
import type { Cell, Measurement } from '../measurement.ts';
import { djangoProgramMs, djangoProgramName } from '../peers/django-program.ts';
import { naiveSyncMs } from '../peers/naive.ts';
import type { SyncFigures } from '../programs/sync-worker.ts';
import { median } from '../report/numbers.ts';
import { type Stage, stopSyncWorker } from '../stage/stage.ts';
import { Upstream } from '../stage/upstream.ts';

/** Larger sizes take the naive way minutes. */
const mostTalks = 5_000;
const unchangedTimes = 3;

interface Times {
  firstMs: number;
  unchangedMs: number;
}

export const peers: Measurement = {
  name: 'peers',
  async measure(stage, say) {
    const rows: Cell[][] = [];
    const notes = [
      'greenroom with its queue in PostgreSQL, history included. The naive way: Drizzle `values()` and `onConflictDoUpdate` for every row, links one by one; speakers, talks and links alone, page by page, without a transaction, history, rooms or slots. Unchanged: the median of three.',
    ];
    for (const talks of stage.options.talks.filter((size) => size <= mostTalks)) {
      const upstream = await Upstream.start({ talks });
      for (const latencyMs of stage.options.latenciesMs) {
        say(`${talks} talks, ${latencyMs} ms`);
        await upstream.serve({ latencyMs });
        await upstream.fetchMs();
        const ours = await greenroom(stage, upstream);
        const found: [string, Times | string][] = [
          ['greenroom', ours],
          ['the naive way', await naive(stage, upstream)],
          [djangoProgramName, await djangoProgram(stage, upstream)],
        ];
        for (const [who, times] of found) {
          if (typeof times !== 'string') rows.push(...rowsOf([talks, latencyMs, who], times, ours));
          else if (!notes.includes(times)) notes.push(times);
        }
      }
      await upstream.stop();
    }
    const columns = ['talks', 'ms a response', 'who', 'sync', 'ms', '× greenroom'];
    return { tables: [{ columns, rows }], notes };
  },
};

function rowsOf(place: Cell[], times: Times, ours: Times): Cell[][] {
  return [
    [...place, 'first', Math.round(times.firstMs), times.firstMs / ours.firstMs],
    [...place, 'unchanged', Math.round(times.unchangedMs), times.unchangedMs / ours.unchangedMs],
  ];
}

async function greenroom(stage: Stage, upstream: Upstream): Promise<Times> {
  const mirror = await stage.openMirrorOfBench();
  const worker = await stage.startSyncWorker(mirror.url, 'postgres', upstream);
  const times = await timesOf(async () => (await worker.ask<SyncFigures>('sync')).ms);
  await stopSyncWorker(worker);
  await mirror.drop();
  return times;
}

async function naive(stage: Stage, upstream: Upstream): Promise<Times> {
  const mirror = await stage.openMirror();
  const times = await timesOf(() => naiveSyncMs(mirror.database, upstream.url));
  await mirror.drop();
  return times;
}

async function djangoProgram(stage: Stage, upstream: Upstream): Promise<Times | string> {
  const mirror = await stage.openMirror();
  const ms = djangoProgramMs(mirror.url, upstream.url, 1 + unchangedTimes);
  await mirror.drop();
  return typeof ms === 'string' ? ms : { firstMs: ms[0] ?? Number.NaN, unchangedMs: median(ms.slice(1)) };
}

async function timesOf(sync: () => Promise<number>): Promise<Times> {
  const firstMs = await sync();
  const unchanged: number[] = [];
  for (let time = 0; time < unchangedTimes; time += 1) unchanged.push(await sync());
  return { firstMs, unchangedMs: median(unchanged) };
}
