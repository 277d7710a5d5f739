/** When a live row and a version differ: the SQL condition over the compared columns. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { liveName, quoted } from '../tables.ts';
import type { Matching } from './options.ts';

/**
 * A condition on the aliases `l` and `v`; undefined when no column is compared.
 *
 * `=` is trusted where equal values look the same. Of the other columns (json has no `=`, a numeric's 1.0 equals 1.00,
 * two boxes of one area are equal) the stored bytes are compared.
 */
export async function differenceCondition(
  tx: Executor,
  { table, compared }: Matching,
): Promise<string | undefined> {
  const rows = await tx.execute<{ name: string; plain: boolean }>(sql`
    select a.attname as name,
           coalesce(nullif(t.typelem, 0), t.oid)::regtype::text = any (array['boolean', 'smallint', 'integer', 'bigint',
             'text', 'character varying', 'uuid', 'date', 'timestamp with time zone', 'timestamp without time zone',
             'time without time zone', 'bytea']) and coalesce(l.collisdeterministic, true) as plain
      from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_collation l on l.oid = a.attcollation
     where a.attrelid = ${liveName(table)}::regclass and a.attnum > 0 and not a.attisdropped`);
  const trusted = new Set(rows.filter((row) => row.plain).map((row) => row.name));
  const plain = compared.filter((name) => trusted.has(name));
  const bytes = compared.filter((name) => !trusted.has(name));
  const rowOf = (of: string) => `row(${bytes.map((name) => `${of}.${quoted(name)}`).join(', ')})::record`;
  const conditions = [
    ...plain.map((name) => `l.${quoted(name)} is distinct from v.${quoted(name)}`),
    ...(bytes.length === 0 ? [] : [`${rowOf('l')} operator(pg_catalog.*<>) ${rowOf('v')}`]),
  ];
  return conditions.length === 0 ? undefined : conditions.join(' or ');
}
