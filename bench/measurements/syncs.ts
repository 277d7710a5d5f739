/** How long syncs take, from request to committed, against floors measured between them in the same run. */
import type { Aimed, Cell, Measurement } from '../measurement.ts';
import type { Backend } from '../options.ts';
import { type Mirror, type Stage, stopSyncWorker } from '../stage/stage.ts';
import { Upstream } from '../stage/upstream.ts';
import { aimedOf, perTalkOf, rowsOf } from './sync-rows.ts';
import { emptySamples, type SyncCase, sampleFirst, sampleRepeated } from './sync-samples.ts';

export const syncs: Measurement = {
  name: 'syncs',
  async measure(stage, say) {
    const cases: SyncCase[] = [];
    for (const talks of stage.options.talks) {
      const upstream = await Upstream.start({ talks });
      const empty = await stage.openMirror();
      for (const latencyMs of stage.options.latenciesMs) {
        for (const backend of stage.backends) {
          const announce = (what: string) => say(`${talks} talks, ${latencyMs} ms, ${backend}, ${what}`);
          cases.push(await measureCase(stage, { upstream, empty, talks, latencyMs, backend }, announce));
        }
      }
      await empty.drop();
      await upstream.stop();
    }
    const rows: Cell[][] = cases.flatMap(rowsOf);
    const aimed: Aimed[] = [...cases.flatMap(aimedOf), ...perTalkOf(cases)];
    return { tables: [{ columns, rows }], aimed, notes };
  },
};

const columns = [
  'talks',
  'queue',
  'ms a response',
  'sync',
  'times',
  'median, ms',
  'slowest, ms',
  'floor, ms',
  'median ratio to it',
  'steps, ms',
  'CPU, ms',
  'peak RSS, MB',
];

const notes = [
  'First: into an empty mirror, by a worker that has just started; its floor is fetching all pages, eight at a time, and COPY of the rows that it wrote into the mirrored tables of another empty mirror. Not in that floor: the versions, which the sync writes as well. COPY of those too has a line of its own.',
  'Unchanged and 1 % changed: by the same worker, afterwards; their floor is fetching alone. The first one of each worker has a line of its own.',
  'Each floor is measured just before or after the sync that it is compared with. Steps: what they take without the queue, added up. CPU and peak RSS (VmHWM, of that kind of sync) are those of the worker.',
];

interface Setup {
  upstream: Upstream;
  /** A mirror for the floor of writing. */
  empty: Mirror;
  talks: number;
  latencyMs: number;
  backend: Backend;
}

async function measureCase(
  stage: Stage,
  { upstream, empty, talks, latencyMs, backend }: Setup,
  announce: (what: string) => void,
): Promise<SyncCase> {
  await upstream.serve({ latencyMs, changedFraction: 0 });
  await upstream.fetchMs();
  const samples = emptySamples();
  const isLarge = talks > 10_000;
  const rounds = stage.options.smallest || isLarge ? 1 : 3;
  for (let round = 1; round <= rounds; round += 1) {
    announce(`round ${round} of ${rounds}`);
    const mirror = await stage.openMirrorOfBench();
    const worker = await stage.startSyncWorker(mirror.url, backend, upstream);
    const parts = { upstream, worker };
    await sampleFirst(samples, { ...parts, mirror, empty });
    await sampleRepeated(samples, parts, stage.options.smallest ? 2 : isLarge ? 4 : 5);
    await stopSyncWorker(worker);
    await mirror.drop();
  }
  const pageByPageMs = latencyMs > 0 ? await upstream.fetchMs(1) : undefined;
  return { talks, backend, latencyMs, pageByPageMs, ...samples };
}
