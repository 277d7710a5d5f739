/** The floor of writing: COPY of the rows that a first sync wrote, into the same tables of an empty mirror. */
import type { Client } from 'pg';
import type { Database } from '../../src/db/client.ts';
import { mirroredTables, versionTables } from '../../test/support/mirrored-tables.ts';
import { copyIn, copyOut, withClient } from './copy.ts';

export interface CopyFloor {
  /** The mirrored tables, with their indexes and foreign keys, in one transaction. */
  liveMs: number;
  /** The same and the version tables, which a first sync fills too. */
  withVersionsMs: number;
}

/** @param empty a migrated database without conferences; left as it was */
export function copyFloor(synced: Database, empty: Database): Promise<CopyFloor> {
  return withClient(synced.url, (source) =>
    withClient(empty.url, async (target) => {
      await copyMs(source, target, ['conferences']);
      const liveMs = await copyMs(source, target, mirroredTables);
      const versionsMs = await copyMs(source, target, versionTables);
      await target.query('truncate greenroom.conferences cascade');
      await target.query(`truncate ${versionTables.map((table) => `greenroom.${table}`).join(', ')}`);
      return { liveMs, withVersionsMs: liveMs + versionsMs };
    }),
  );
}

/** @returns what writing and its commit took; reading is done before */
async function copyMs(source: Client, target: Client, tables: readonly string[]): Promise<number> {
  const content = new Map<string, Buffer>();
  for (const table of tables) content.set(table, await copyOut(source, `greenroom.${table}`));
  const startedAt = performance.now();
  await target.query('begin');
  for (const [table, rows] of content) await copyIn(target, `greenroom.${table}`, chunks(rows));
  await target.query('commit');
  return performance.now() - startedAt;
}

function* chunks(content: Buffer): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
}
