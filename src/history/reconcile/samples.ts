/** The first differences of a table, column by column, for people to look at. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { quoted } from '../tables.ts';
import { isAt, liveRows, versionRows } from './addresses.ts';
import { columnCondition } from './comparisons.ts';
import type { Found } from './differences.ts';
import { exactJson } from './exact-json.ts';
import { type Difference, KIND, kinds, type Matching } from './options.ts';

/** At most `limit` of the found differences, in the key's order. */
export async function sampleDifferences(tx: Executor, found: Found, limit: number): Promise<Difference[]> {
  if (limit <= 0 || found.counts.create + found.counts.update + found.counts.delete === 0) return [];
  const { table, key, compared } = found.matching;
  const [lives, versions] = [liveRows(table), versionRows(table)];
  const texts = compared.map((name) => {
    const pair = `json_build_array(v.${quoted(name)}::text, l.${quoted(name)}::text)`;
    return `case when d.kind = ${KIND.update} and (${columnCondition(found.comparison, name)}) then ${pair} end`;
  });
  const rows = await tx.execute<{ sampled: string }>(
    sql.raw(`
    select json_build_object('kind', d.kind, 'live', to_jsonb(l.*), 'version', to_jsonb(v.*),
                             'texts', array[${texts.join(', ')}]::json[])::text as sampled
      from (select * from ${found.differences} order by ${key.map((_, at) => `k${at + 1}`).join(', ')}, kind limit ${limit}) d
      left join ${lives.from} l on ${isAt(lives, 'l', 'd.l')}
      left join ${versions.from} v on d.kind <> ${KIND.create} and ${isAt(versions, 'v', 'd.v')}
     order by ${key.map((_, at) => `d.k${at + 1}`).join(', ')}, d.kind`),
  );
  return rows.map((text) => {
    const sampled = exactJson<Sampled>(text.sampled);
    const row = (sampled.live ?? sampled.version) as Row;
    return {
      kind: kinds[sampled.kind] as Difference['kind'],
      key: Object.fromEntries(key.map((name) => [name, row[name]])),
      fields: Object.fromEntries(fieldsOf(sampled, found.matching)),
    };
  });
}

type Row = Record<string, unknown>;

interface Sampled {
  kind: number;
  live: Row | null;
  version: Row | null;
  /** Of an update: for each compared column that differs, how PostgreSQL writes the version's value and the live one. */
  texts: ([from: string | null, to: string | null] | null)[];
}

/** Values are as JSON has them; as text where JSON has the same for both, such as for 1.0 and 1.00. */
function fieldsOf({ kind, live, version, texts }: Sampled, { table, compared }: Matching) {
  const valuesOf = (name: string) => ({ from: version?.[name] ?? null, to: live?.[name] ?? null });
  if (kind !== KIND.update) return table.columns.map((name) => [name, valuesOf(name)] as const);
  return compared.flatMap((name, at) => {
    const text = texts[at];
    if (!text) return [];
    const values = valuesOf(name);
    const isAlike = JSON.stringify(values.from) === JSON.stringify(values.to);
    return [[name, isAlike ? { from: text[0], to: text[1] } : values] as const];
  });
}
