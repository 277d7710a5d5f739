/** Many conferences whose time has come at the same moment: one worker, all of their runs. */
import type { Cell, Measurement } from '../measurement.ts';
import type { Backend } from '../options.ts';
import { shown } from '../report/numbers.ts';
import { machineMs, seenAtMs } from '../stage/clock.ts';
import { forgetPeak, peakRssMb } from '../stage/memory.ts';
import { Service } from '../stage/service.ts';
import type { Mirror, Stage } from '../stage/stage.ts';
import { Upstream } from '../stage/upstream.ts';

const talks = 10;
const withinMs = 900_000;

const passes = [
  { name: 'first', concurrency: 16 },
  { name: 'unchanged', concurrency: 4 },
  { name: 'unchanged', concurrency: 16 },
];

export const dueAtOnce: Measurement = {
  name: 'due-at-once',
  async measure(stage, say) {
    const conferences = stage.options.smallest ? 20 : 1_000;
    const wanted = passes.slice(0, stage.options.smallest ? 2 : passes.length);
    const upstream = await Upstream.start({ talks });
    const rows: Cell[][] = [];
    const inline: Record<string, string> = {};
    const faults: string[] = [];
    for (const backend of stage.timedBackends) {
      const mirror = await stage.openMirror();
      await addConferences(mirror, conferences);
      for (const [at, { name, concurrency }] of wanted.entries()) {
        say(`${conferences} conferences, ${backend}, ${name}, concurrency ${concurrency}`);
        const { seconds, rssMb } = await workOff(
          stage,
          { mirror, backend, upstream, concurrency },
          conferences,
        );
        rows.push([backend, conferences, name, concurrency, seconds, conferences / seconds, rssMb]);
        if (concurrency === 4) {
          inline[`runs a second, ${backend}`] = shown(conferences / seconds);
          inline[`memory, ${backend}`] = rssMb === undefined ? 'not known' : `${Math.round(rssMb)} MB`;
        }
        const ended = await runsByState(mirror);
        const all = JSON.stringify({ succeeded: (at + 1) * conferences });
        if (ended !== all) faults.push(`${backend}, ${name}: runs are ${ended} instead of ${all}.`);
      }
      await mirror.drop();
    }
    await upstream.stop();
    const columns = [
      'queue',
      'conferences',
      'sync',
      'concurrency',
      'all done after, s',
      'runs a second',
      'peak RSS, MB',
    ];
    return { tables: [{ columns, rows }], notes, inline, faults };
  },
};

const notes = [
  `Conferences of ${talks} talks at one pretalx, 0 ms a response; all fall due in one moment, and one worker (\`workers/sync.ts\`), idle until then, finds them, enqueues them and works them off.`,
];

async function addConferences({ database }: Mirror, conferences: number): Promise<void> {
  await database.sql`
    insert into greenroom.conferences (slug, name, pretalx_event_slug, every, next_due_at)
    select 'bench-' || n, 'Bench ' || n, 'generated-' || n, '52w', now() + interval '1 year'
      from generate_series(1, ${conferences}::int) n`;
}

async function workOff(
  stage: Stage,
  parts: { mirror: Mirror; backend: Backend; upstream: Upstream; concurrency: number },
  conferences: number,
): Promise<{ seconds: number; rssMb: number | undefined }> {
  const { sql } = parts.mirror.database;
  const worker = await Service.start('sync', {
    ...stage.settings(parts.mirror.url, parts.backend, parts.upstream),
    GREENROOM_WORKER_CONCURRENCY: String(parts.concurrency),
  });
  forgetPeak(worker.pid);
  const [before] = await sql`select count(*)::int as runs from greenroom.sync_runs`;
  const startedAtMs = machineMs();
  await sql`update greenroom.conferences set next_due_at = now()`;
  const isDone = async () => {
    const [row] = await sql`
      select count(*)::int as runs, count(*) filter (where finished_at is null)::int as open from greenroom.sync_runs`;
    return row?.open === 0 && row?.runs === (before?.runs ?? 0) + conferences;
  };
  const doneAtMs = await seenAtMs('all runs have ended', isDone, { everyMs: 50, withinMs });
  const rssMb = peakRssMb(worker.pid);
  await worker.stop();
  return { seconds: (doneAtMs - startedAtMs) / 1_000, rssMb };
}

async function runsByState({ database }: Mirror): Promise<string> {
  const rows = await database.sql<{ state: string; runs: number }[]>`
    select state, count(*)::int as runs from greenroom.sync_runs group by state order by state`;
  return JSON.stringify(Object.fromEntries(rows.map(({ state, runs }) => [state, runs])));
}
