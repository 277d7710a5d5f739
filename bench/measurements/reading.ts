/** What readers of a mirror wait for: exports of today and of the past, and what changed, over HTTP. */
import type { Cell, Measurement } from '../measurement.ts';
import type { SyncFigures } from '../programs/sync-worker.ts';
import { median } from '../report/numbers.ts';
import { entrances, runCommand } from '../stage/command.ts';
import { forgetPeak, peakRssMb } from '../stage/memory.ts';
import { Service } from '../stage/service.ts';
import { type Mirror, type Stage, stopSyncWorker } from '../stage/stage.ts';
import { Upstream } from '../stage/upstream.ts';

const changedSyncs = 5;

export const reading: Measurement = {
  name: 'reading',
  async measure(stage, say) {
    const talks = stage.options.smallest ? 500 : 5_000;
    const times = stage.options.smallest ? 2 : 7;
    say(`${talks} talks: making a history`);
    const { mirror, upstream, afterFirst } = await mirrorWithHistory(stage, talks);
    const settings = stage.settings(mirror.url, 'postgres', upstream);
    const web = await Service.start('web', {
      ...settings,
      PORT: '0',
      GREENROOM_ADMIN_TOKEN: 'only-for-the-bench',
    });
    const api = '/api/conferences/bench';
    const since = encodeURIComponent(afterFirst);
    const latest = [`${api}/schedule.json`, `${api}/schedule.ics`];
    const paths = [
      ...latest,
      `${api}/schedule.json?as_of=${since}`,
      `${api}/schedule.ics?as_of=${since}`,
      `${api}/changes`,
      `${api}/changes?since=${since}`,
      `${api}/changes.atom`,
      '/c/bench',
    ];
    const rows: Cell[][] = [];
    const faults: string[] = [];
    const measure = async (path: string, when = '', before?: () => Promise<unknown>) => {
      const name = path.replace(since, 'T');
      say(`${name}${when}`);
      const { status, ms, kb, rssMb } = await get(web, path, times, before);
      if (status !== 200) faults.push(`${path} was answered by ${status}.`);
      rows.push([talks, `\`${name.replace(api, '…')}\`${when}`, times, median(ms), kb, rssMb]);
    };
    for (const path of latest) await measure(path, ' after a change', () => touch(mirror));
    for (const path of paths) await measure(path);
    await web.stop();
    const script = entrances.at(-1)?.script ?? '';
    const csv = await runCommand(script, ['export', 'bench', '--format', 'csv'], settings);
    rows.push([
      talks,
      '`greenroom export --format csv`, the whole command',
      1,
      csv.ms,
      undefined,
      csv.peakRssMb,
    ]);
    await mirror.drop();
    await upstream.stop();
    const columns = ['talks', 'what', 'times', 'median, ms', 'KB', 'peak RSS, MB'];
    return { tables: [{ columns, rows }], notes, faults };
  },
};

const notes = [
  `A mirror after its first sync and ${changedSyncs} more, each with 1 % of the talks changed; T is just after the first. \`…\` is /api/conferences/SLUG. Whole answers from \`workers/web.ts\`, which is a process of its own, one after the other; peak RSS is the web server's.`,
];

async function mirrorWithHistory(
  stage: Stage,
  talks: number,
): Promise<{ mirror: Mirror; upstream: Upstream; afterFirst: string }> {
  const upstream = await Upstream.start({ talks });
  const mirror = await stage.openMirrorOfBench();
  const worker = await stage.startSyncWorker(mirror.url, 'postgres', upstream);
  await worker.ask<SyncFigures>('sync');
  const afterFirst = new Date().toISOString();
  for (let sync = 0; sync < changedSyncs; sync += 1) {
    await upstream.serve({ changedFraction: sync % 2 === 0 ? 0.01 : 0 });
    await worker.ask<SyncFigures>('sync');
  }
  await stopSyncWorker(worker);
  return { mirror, upstream, afterFirst };
}

/** What a programme is made of is not the same any more. */
const touch = ({ database }: Mirror) => database.sql`update greenroom.rooms set name = name where id = 1`;

async function get(web: Service, path: string, times: number, before?: () => Promise<unknown>) {
  forgetPeak(web.pid);
  const ms: number[] = [];
  let status = 0;
  let kb = 0;
  for (let time = 0; time <= times; time += 1) {
    await before?.();
    const startedAt = performance.now();
    const answer = await fetch(web.url + path);
    kb = (await answer.arrayBuffer()).byteLength / 1024;
    status = answer.status;
    ms.push(performance.now() - startedAt);
  }
  return { status, ms: ms.slice(1), kb, rssMb: peakRssMb(web.pid) };
}
