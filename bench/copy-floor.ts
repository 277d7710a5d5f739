/** The floor of writing: COPY of the rows that a first sync wrote, into empty tables of the same definition and indexes. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Database } from '../src/db/client.ts';

const TABLES = [
  'rooms',
  'submission_types',
  'tracks',
  'tags',
  'speakers',
  'talks',
  'talk_speakers',
  'schedule_slots',
];

/** @returns milliseconds, the median of three */
export async function copyFloorMs(database: Database): Promise<number> {
  const { sql } = database;
  const data = new Map<string, Buffer>();
  for (const table of TABLES) {
    await sql.unsafe(`create table greenroom.floor_${table} (like greenroom.${table} including all)`);
    data.set(table, await contentOf(sql, `greenroom.${table}`));
  }
  const times: number[] = [];
  for (let time = 0; time < 3; time += 1) {
    for (const table of TABLES) await sql.unsafe(`truncate greenroom.floor_${table}`);
    const started = performance.now();
    for (const [table, content] of data) {
      const stream = await sql.unsafe(`copy greenroom.floor_${table} from stdin`).writable();
      await pipeline(Readable.from(chunks(content)), stream);
    }
    times.push(performance.now() - started);
  }
  for (const table of TABLES) await sql.unsafe(`drop table greenroom.floor_${table}`);
  return times.sort((a, b) => a - b)[1] ?? 0;
}

async function contentOf(sql: Database['sql'], table: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of await sql.unsafe(`copy ${table} to stdout`).readable()) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function* chunks(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
}
