/** The floor of writing: COPY of the rows that a first sync wrote, into the same tables of an empty mirror. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Sql, TransactionSql } from 'postgres';
import type { Database } from '../../src/db/client.ts';
import { postgres } from '../../src/db/driver.ts';
import { mirroredTables, versionTables } from '../../test/support/mirrored-tables.ts';

export interface CopyFloor {
  /** The mirrored tables, with their indexes and foreign keys, in one transaction. */
  liveMs: number;
  /** The same and the version tables, which a first sync fills too. */
  withVersionsMs: number;
}

/** @param empty a migrated database without conferences; left as it was */
export async function copyFloor(synced: Database, empty: Database): Promise<CopyFloor> {
  const sql = openWithoutDelay(empty.url);
  try {
    await copyMs(synced, sql, ['conferences']);
    const liveMs = await copyMs(synced, sql, mirroredTables);
    const versionsMs = await copyMs(synced, sql, versionTables);
    await sql.unsafe('truncate greenroom.conferences cascade');
    await sql.unsafe(`truncate ${versionTables.map((table) => `greenroom.${table}`).join(', ')}`);
    return { liveMs, withVersionsMs: liveMs + versionsMs };
  } finally {
    await sql.end();
  }
}

/** The driver leaves Nagle's algorithm on, which holds the end of each COPY back for 40 ms. */
function openWithoutDelay(url: string): Sql {
  const { hostname, port } = new URL(url);
  const socket = async () => {
    const connected = connect(Number(port || 5432), hostname).setNoDelay();
    await once(connected, 'connect');
    return connected;
  };
  return postgres(url, { max: 1, onnotice: () => {}, socket } as never);
}

/** @returns what writing and its commit took; reading is done before */
async function copyMs(from: Database, to: Sql, tables: readonly string[]): Promise<number> {
  const content = new Map<string, Buffer>();
  for (const table of tables) content.set(table, await contentOf(from, table));
  const startedAt = performance.now();
  await to.begin(async (tx) => {
    for (const [table, rows] of content) if (rows.length > 0) await write(tx, table, rows);
  });
  return performance.now() - startedAt;
}

async function contentOf({ sql }: Database, table: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of await sql.unsafe(`copy greenroom.${table} to stdout`).readable()) {
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

async function write(tx: TransactionSql, table: string, content: Buffer): Promise<void> {
  const stream = await tx.unsafe(`copy greenroom.${table} from stdin`).writable();
  await pipeline(Readable.from(chunks(content)), stream);
}

function* chunks(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
}
