/** What a sync of the generated programme has to write and ask for, whatever the machine: exact, or at most so much. */
import { mirroredTables, versionTables } from '../../test/support/mirrored-tables.ts';
import { type RowsByTable, totalOf } from './rows-written.ts';

export type SyncKind = 'first' | 'unchanged' | '1 % changed';

export interface SyncCounts {
  statements: number;
  roundTrips: number;
  /** While PostgreSQL had work to do. */
  databaseMs: number;
  rows: RowsByTable;
  walKb: number;
  walOfMirrorKb: number | undefined;
  /** Paths, as often as they were asked for. */
  requests: string[];
}

/** So many whatever the size, heartbeats included, and one more for so many talks: large syncs are written in parts. */
const A_STATEMENT_PER_TALKS = 100;
const MOST = {
  first: { statements: 135, roundTrips: 250 },
  unchanged: { statements: 95, roundTrips: 175 },
  '1 % changed': { statements: 105, roundTrips: 195 },
};
const MOST_WAL_KB_UNCHANGED = 1;
const MOST_ASKED_AGAIN = 2;

/** @returns what is wrong, a sentence each */
export function faultsOf(kind: SyncKind, talks: number, counts: SyncCounts, paths: string[]): string[] {
  const faults: string[] = [];
  const expect = (what: string, found: unknown, wanted: unknown) => {
    if (found !== wanted) faults.push(`${what}: ${found} instead of ${wanted}`);
  };
  const expectAtMost = (what: string, found: number, most: number) => {
    if (found > most) faults.push(`${what}: ${found}, more than ${most}`);
  };
  for (const [table, wanted] of Object.entries(rowsOf(kind, talks))) {
    for (const operation of ['inserted', 'updated', 'deleted'] as const) {
      expect(`rows ${operation} in ${table}`, counts.rows[table]?.[operation] ?? 0, wanted[operation] ?? 0);
    }
  }
  if (kind === 'unchanged') {
    expect('rows written', totalOf(counts.rows, [...mirroredTables, ...versionTables, 'transactions']), 0);
    expectAtMost('KB of WAL in mirrored tables', counts.walOfMirrorKb ?? 0, MOST_WAL_KB_UNCHANGED);
  }
  const more = Math.ceil(talks / A_STATEMENT_PER_TALKS);
  expectAtMost('statements', counts.statements, MOST[kind].statements + more);
  expectAtMost('round trips', counts.roundTrips, MOST[kind].roundTrips + 2 * more);
  const asked = new Set(counts.requests);
  for (const path of paths) if (!asked.has(path)) faults.push(`"${path}" was not asked for`);
  for (const path of asked)
    if (!paths.includes(path)) faults.push(`"${path}" was asked for, which the floor does not read`);
  // The release is looked at once more at the end, and by some runs in between.
  const again = counts.requests.filter((path, at) => counts.requests.indexOf(path) !== at);
  expectAtMost('requests for what was read before', again.length, MOST_ASKED_AGAIN);
  for (const path of again) expect('asked for again', path, 'schedules/latest/');
  return faults.map((fault) => `${kind} sync of ${talks} talks: ${fault}.`);
}

type Rows = Partial<Record<'inserted' | 'updated' | 'deleted', number>>;

function rowsOf(kind: SyncKind, talks: number): Record<string, Rows> {
  if (kind === 'unchanged') return {};
  if (kind === '1 % changed') {
    // A slot shows its talk's title.
    const changed = Math.floor(talks / 100);
    const changedRows = { updated: changed };
    const newVersions = { inserted: changed, updated: changed };
    return {
      talks: changedRows,
      talks_versions: newVersions,
      schedule_slots: changedRows,
      schedule_slots_versions: newVersions,
      speakers: {},
      talk_speakers: {},
      rooms: {},
    };
  }
  const rooms = Math.max(1, Math.ceil(talks / 100));
  const breaks = Array.from({ length: rooms }, (_, room) =>
    Math.floor(Math.ceil((talks - room) / rooms) / 4),
  );
  const inserted = {
    rooms,
    submission_types: 3,
    tracks: 5,
    tags: 4,
    speakers: talks,
    talks,
    talk_speakers: talks,
    schedule_slots: talks + breaks.reduce((sum, each) => sum + each, 0),
  };
  return Object.fromEntries(
    Object.entries(inserted).flatMap(([table, rows]) => [
      [table, { inserted: rows }],
      [`${table}_versions`, { inserted: rows }],
    ]),
  );
}
