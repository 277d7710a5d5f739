/** The first differences of a table, column by column, for people to look at. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { isAt, liveRows, versionRows } from './addresses.ts';
import type { Found } from './differences.ts';
import { type Difference, KIND, kinds } from './options.ts';

/** At most `limit` of the found differences, in the key's order. */
export async function sampleDifferences(tx: Executor, found: Found, limit: number): Promise<Difference[]> {
  if (limit <= 0 || found.counts.create + found.counts.update + found.counts.delete === 0) return [];
  const { table, key, compared } = found.matching;
  const [lives, versions] = [liveRows(table), versionRows(table)];
  const rows = await tx.execute<{ kind: number; live: Row | null; version: Row | null }>(
    sql.raw(`
    select d.kind, to_jsonb(l.*) as live, to_jsonb(v.*) as version
      from (select * from ${found.differences} order by ${key.map((_, at) => `k${at + 1}`).join(', ')}, kind limit ${limit}) d
      left join ${lives.from} l on ${isAt(lives, 'l', 'd.l')}
      left join ${versions.from} v on d.kind <> ${KIND.create} and ${isAt(versions, 'v', 'd.v')}
     order by ${key.map((_, at) => `d.k${at + 1}`).join(', ')}, d.kind`),
  );
  return rows.map(({ kind, live, version }) => {
    const shown = kind === KIND.update ? compared : table.columns;
    const changed = shown.filter((name) => JSON.stringify(live?.[name]) !== JSON.stringify(version?.[name]));
    const row = (live ?? version) as Row;
    return {
      kind: kinds[kind] as Difference['kind'],
      key: Object.fromEntries(key.map((name) => [name, row[name]])),
      fields: Object.fromEntries(
        changed.map((name) => [name, { from: version?.[name] ?? null, to: live?.[name] ?? null }]),
      ),
    };
  });
}

type Row = Record<string, unknown>;
