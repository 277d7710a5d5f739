/** What a sync asks of PostgreSQL and of pretalx: statements, round trips, rows, WAL, requests. Not timed. */

import { mirroredTables, versionTables } from '../../test/support/mirrored-tables.ts';
import { faultsOf, type SyncCounts, type SyncKind } from '../counts/expected.ts';
import { rowsByTable, rowsSince, totalOf } from '../counts/rows-written.ts';
import { walBytes, walBytesOfMirror, walPosition } from '../counts/wal.ts';
import { countOnTheWire } from '../counts/wire.ts';
import type { Aimed, Cell, Measurement } from '../measurement.ts';
import type { Backend } from '../options.ts';
import type { SyncFigures } from '../programs/sync-worker.ts';
import { type Mirror, type Stage, stopSyncWorker } from '../stage/stage.ts';
import { Upstream } from '../stage/upstream.ts';

const kinds: readonly SyncKind[] = ['first', 'unchanged', '1 % changed'];

export const counts: Measurement = {
  name: 'counts',
  async measure(stage, say) {
    const rows: Cell[][] = [];
    const aimed: Aimed[] = [];
    const faults: string[] = [];
    for (const talks of stage.options.talks) {
      const upstream = await Upstream.start({ talks });
      for (const backend of stage.backends) {
        await upstream.serve({ changedFraction: 0 });
        const mirror = await stage.openMirrorOfBench();
        for (const kind of kinds) {
          say(`${talks} talks, ${backend}, ${kind}`);
          const found = await countSync(stage, mirror, backend, upstream, kind);
          rows.push(rowOf(talks, backend, kind, found));
          faults.push(
            ...faultsOf(kind, talks, found, await upstream.paths()).map((fault) => `${backend}, ${fault}`),
          );
          if (kind !== 'unchanged') continue;
          const where = `${talks.toLocaleString('en')} talks, ${backend}`;
          aimed.push(
            {
              aim: 'unchangedRows',
              where,
              figure: totalOf(found.rows, [...mirroredTables, ...versionTables]),
            },
            { aim: 'unchangedWal', where, figure: found.walOfMirrorKb },
          );
        }
        await mirror.drop();
      }
      await upstream.stop();
    }
    const notes = [
      'Statements and round trips are those of the mirror, counted between worker and server; the queue has its own. Statements that are sent together share a round trip; one that a connection sends for the first time takes two. The first sync is the first one of its worker, the others are not.',
      'In the database: the time in which at least one connection of the mirror waited for PostgreSQL.',
      'WAL of the mirror: records that touch mirrored tables, their versions and indexes, by `pg_walinspect`, without the whole pages that PostgreSQL adds after a checkpoint. The rest is that of runs, and of the queue where it is in PostgreSQL.',
    ];
    return { tables: [{ columns, rows }], aimed, notes, faults };
  },
};

const columns = [
  'talks',
  'queue',
  'sync',
  'requests',
  'statements',
  'round trips',
  'in the database, ms',
  'rows written',
  'versions written',
  'WAL, KB',
  'WAL of the mirror, KB',
];

function rowOf(talks: number, backend: Backend, kind: SyncKind, found: SyncCounts): Cell[] {
  return [
    talks,
    backend,
    kind,
    found.requests.length,
    found.statements,
    found.roundTrips,
    Math.round(found.databaseMs),
    totalOf(found.rows, mirroredTables),
    totalOf(found.rows, versionTables),
    found.walKb,
    found.walOfMirrorKb,
  ];
}

/** One sync by a worker of its own, whose end makes PostgreSQL tell what was written. */
async function countSync(
  stage: Stage,
  mirror: Mirror,
  backend: Backend,
  upstream: Upstream,
  kind: SyncKind,
): Promise<SyncCounts> {
  const { database } = mirror;
  // As autovacuum leaves it a minute later: dead rows and hints would be tidied up during this sync.
  await database.sql`vacuum analyze`;
  const wire = await countOnTheWire(mirror.url);
  const worker = await stage.startSyncWorker(wire.url, backend, upstream);
  const rowsBefore = await rowsByTable(database);
  // A worker that has run before has its statements prepared; it writes nothing here.
  if (kind !== 'first') await worker.ask<SyncFigures>('sync');
  if (kind === '1 % changed') await upstream.serve({ changedFraction: 0.01 });
  await upstream.requested();
  wire.take();
  const from = await walPosition(database);
  await worker.ask<SyncFigures>('sync');
  const to = await walPosition(database);
  const { statements, roundTrips, busyMs } = wire.take();
  const { paths: requests } = await upstream.requested();
  await stopSyncWorker(worker);
  await wire.stop();
  const walOfMirror = await walBytesOfMirror(database, from, to);
  return {
    statements,
    roundTrips,
    databaseMs: busyMs,
    rows: rowsSince(await rowsByTable(database), rowsBefore),
    walKb: (await walBytes(database, from, to)) / 1024,
    walOfMirrorKb: walOfMirror === undefined ? undefined : walOfMirror / 1024,
    requests,
  };
}
