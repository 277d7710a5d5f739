/** wuttasync, whose import of live tables into version tables `greenroom versions` takes over. */
import { median } from '../report/numbers.ts';
import { askPythonPeer, nameOf, type PythonPeer } from './python.ts';

const wuttasync: PythonPeer = {
  name: 'wuttasync',
  version: '0.7.1',
  command: 'python3',
  besides: ['Wutta-Continuum==0.4.0', 'psycopg[binary]'],
  program: 'versions_by_wuttasync.py',
};

export const wuttasyncName = nameOf(wuttasync);

export interface WuttasyncFigures {
  firstMs: number;
  /** The median of three. */
  unchangedMs: number;
  rssMb: number;
}

/**
 * Imports the talks of a mirror into a version table of its own.
 *
 * @returns why there are no figures, in a sentence
 */
export function importByWuttasync(databaseUrl: string, talks: number): WuttasyncFigures | string {
  const printed = askPythonPeer<{ ms: number[]; versions: number; peakRssMb: number }>(wuttasync, ['4'], {
    PEER_DATABASE: databaseUrl,
  });
  if (typeof printed === 'string') return printed;
  const [firstMs = Number.NaN, ...unchanged] = printed.ms;
  if (printed.versions !== talks) {
    return `${wuttasyncName} made ${printed.versions} versions instead of ${talks}.`;
  }
  return { firstMs, unchangedMs: median(unchanged), rssMb: printed.peakRssMb };
}
