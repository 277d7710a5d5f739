/** What the samples of syncs say, as rows of a table and against the aims. */
import type { Aimed, Cell } from '../measurement.ts';
import { median } from '../report/numbers.ts';
import type { Sample, SyncCase } from './sync-samples.ts';

const stepsMs = ({ stepsMs }: Sample) => Object.values(stepsMs).reduce((sum, ms) => sum + ms, 0);
const medianOf = <T>(samples: readonly T[], value: (sample: T) => number) => median(samples.map(value));
const firstFloorMs = (sample: SyncCase['first'][number]) => sample.fetchMs + sample.copy.liveMs;

export function rowsOf(found: SyncCase): Cell[][] {
  const { talks, backend, latencyMs, first, unchangedFirst, unchanged, changed, pageByPageMs } = found;
  const place = [talks, backend, latencyMs];
  const row = <S extends Sample>(
    name: string,
    samples: readonly S[],
    floorMs: (sample: S) => number,
  ): Cell[] => [
    ...place,
    name,
    samples.length,
    Math.round(medianOf(samples, ({ ms }) => ms)),
    Math.round(Math.max(...samples.map(({ ms }) => ms))),
    Math.round(medianOf(samples, floorMs)),
    medianOf(samples, (sample) => sample.ms / floorMs(sample)),
    Math.round(medianOf(samples, stepsMs)),
    Math.round(medianOf(samples, ({ cpuMs }) => cpuMs)),
    peakOf(samples),
  ];
  const withVersionsMs = medianOf(first, ({ copy }) => copy.withVersionsMs);
  const fetchMs = ({ fetchMs }: Sample) => fetchMs;
  return [
    row('first', first, firstFloorMs),
    floorRow(
      place,
      'its floor: COPY',
      first.length,
      medianOf(first, ({ copy }) => copy.liveMs),
    ),
    floorRow(place, 'COPY, versions too', first.length, withVersionsMs),
    row('unchanged, the first', unchangedFirst, fetchMs),
    row('unchanged', unchanged, fetchMs),
    row('1 % changed', changed, fetchMs),
    ...(pageByPageMs === undefined ? [] : [floorRow(place, 'fetching page by page', 1, pageByPageMs)]),
  ];
}

function floorRow(place: Cell[], name: string, times: number, ms: number): Cell[] {
  return [...place, name, times, Math.round(ms), '', '', '', '', '', ''];
}

export function aimedOf(found: SyncCase): Aimed[] {
  const { talks, backend, latencyMs, first, unchanged, pageByPageMs } = found;
  const where = `${talks.toLocaleString('en')} talks, ${backend}, ${latencyMs} ms`;
  const ratio = medianOf(unchanged, ({ ms, fetchMs }) => ms / fetchMs);
  const aimed: Aimed[] = [];
  if (talks >= 5_000) {
    aimed.push({
      aim: 'firstSync',
      where,
      figure: medianOf(first, (sample) => sample.ms / firstFloorMs(sample)),
    });
  }
  if (talks === 5_000 && latencyMs === 0) aimed.push({ aim: 'unchangedSync', where, figure: ratio });
  if (talks === 5_000 && latencyMs === 50) aimed.push({ aim: 'unchangedSyncSlow', where, figure: ratio });
  if (pageByPageMs !== undefined && latencyMs === 50) {
    aimed.push({ aim: 'pageByPage', where, figure: pageByPageMs / medianOf(unchanged, ({ ms }) => ms) });
  }
  if (talks === 50_000) {
    const all = [...first, ...found.unchangedFirst, ...unchanged, ...found.changed];
    aimed.push({ aim: 'peakRss', where, figure: peakOf(all) });
  }
  return aimed;
}

/** Where both sizes were measured. */
export function perTalkOf(cases: readonly SyncCase[]): Aimed[] {
  return cases
    .filter(({ talks }) => talks === 50_000)
    .flatMap((large) => {
      const { backend, latencyMs } = large;
      const small = cases.find(
        (other) => other.talks === 5_000 && other.backend === backend && other.latencyMs === latencyMs,
      );
      if (small === undefined) return [];
      return (['first', 'unchanged', 'changed'] as const).map((kind) => ({
        aim: 'perTalk' as const,
        where: `${kind === 'changed' ? '1 % changed' : kind}, ${backend}, ${latencyMs} ms`,
        figure: perTalkMs(large, kind) / perTalkMs(small, kind),
      }));
    });
}

function perTalkMs(found: SyncCase, kind: 'first' | 'unchanged' | 'changed'): number {
  return medianOf<Sample>(found[kind], ({ ms }) => ms) / found.talks;
}

/** The highest of all; undefined where it isn't known. */
function peakOf(samples: readonly Sample[]): number | undefined {
  const known = samples.map(({ peakRssMb }) => peakRssMb).filter((peak) => peak !== undefined);
  return known.length === 0 ? undefined : Math.round(Math.max(...known));
}
