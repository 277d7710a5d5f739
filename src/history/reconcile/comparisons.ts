/** When a live row and a version differ: the SQL condition over columns. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { liveName, quoted } from '../tables.ts';
import type { Matching } from './options.ts';

/** Columns by how they are compared. */
export interface Comparison {
  /** By `=`, where equal values look the same. */
  plain: readonly string[];
  /** By the stored bytes: json has no `=`, a numeric's 1.0 equals 1.00, two boxes of one area are equal. */
  bytes: readonly string[];
}

/** How each compared column of a table is compared. */
export async function comparisonOf(tx: Executor, { table, compared }: Matching): Promise<Comparison> {
  const rows = await tx.execute<{ name: string; plain: boolean }>(sql`
    select a.attname as name,
           coalesce(nullif(t.typelem, 0), t.oid)::regtype::text = any (array['boolean', 'smallint', 'integer', 'bigint',
             'text', 'character varying', 'uuid', 'date', 'timestamp with time zone', 'timestamp without time zone',
             'time without time zone', 'bytea']) and coalesce(l.collisdeterministic, true) as plain
      from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_collation l on l.oid = a.attcollation
     where a.attrelid = ${liveName(table)}::regclass and a.attnum > 0 and not a.attisdropped`);
  const trusted = new Set(rows.filter((row) => row.plain).map((row) => row.name));
  return {
    plain: compared.filter((name) => trusted.has(name)),
    bytes: compared.filter((name) => !trusted.has(name)),
  };
}

/** A condition on the aliases `l` and `v` of a live row and a version; undefined when no column is compared. */
export function differenceCondition({ plain, bytes }: Comparison): string | undefined {
  const conditions = [...plain.map(valuesDiffer), ...(bytes.length === 0 ? [] : [bytesDiffer(bytes)])];
  return conditions.length === 0 ? undefined : conditions.join(' or ');
}

/** The same for one of the columns. */
export function columnCondition({ plain }: Comparison, name: string): string {
  return plain.includes(name) ? valuesDiffer(name) : bytesDiffer([name]);
}

const valuesDiffer = (name: string) => `l.${quoted(name)} is distinct from v.${quoted(name)}`;

function bytesDiffer(names: readonly string[]): string {
  const rowOf = (of: string) => `row(${names.map((name) => `${of}.${quoted(name)}`).join(', ')})::record`;
  return `${rowOf('l')} operator(pg_catalog.*<>) ${rowOf('v')}`;
}
