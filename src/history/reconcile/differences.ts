/**
 * The differences between a live table and its latest versions, found by PostgreSQL into a temporary table: only keys
 * are kept, no text ever leaves the server. One row a difference: `kind`, `k1…` the key that was matched by, `l1…` and
 * `v1…` the primary keys of the live row and of the version, `version` the transaction of the latter.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { GreenroomError } from '../../errors.ts';
import { displayName, liveName, quoted, type VersionedTable, versionsName } from '../tables.ts';
import type { Kind, Matching, ReconcileOptions } from './options.ts';

const OPERATION: Record<Kind, number> = { create: 0, update: 1, delete: 2 };

export interface Found {
  matching: Matching;
  /** The temporary table's quoted name. */
  differences: string;
  counts: Record<Kind, number>;
  /** Live rows that were looked at. */
  live: number;
}

export interface FindOptions extends Pick<ReconcileOptions, 'create' | 'update' | 'delete'> {
  /** Some key has more than one latest version, so that the newest has to be picked. */
  several: boolean;
  /** Makes the temporary table's name unique in the transaction. */
  number: number;
}

/**
 * Compares one table with its latest versions.
 *
 * @throws GreenroomError when the columns to match by don't tell the live rows apart
 */
export async function findDifferences(
  tx: Executor,
  matching: Matching,
  options: FindOptions,
): Promise<Found> {
  const { table, key, compared } = matching;
  if (key !== table.keyColumns) await requireUniqueKey(tx, table, key);
  const differences = quoted(`greenroom_differences_${options.number}`);
  const wanted = [
    ...(options.create === false ? [] : ['v.transaction_id is null']),
    ...(options.delete === true ? [`l.${q(key[0])} is null`] : []),
    ...(options.update === false || compared.length === 0
      ? []
      : [
          `(l.${q(key[0])} is not null and v.transaction_id is not null and (${differs(await comparisons(tx, matching))}))`,
        ]),
  ];
  const columns = [
    'case when v.transaction_id is null then 0 when l.' +
      q(key[0]) +
      ' is null then 2 else 1 end::int2 as kind',
    ...key.map((name, at) => `coalesce(l.${q(name)}, v.${q(name)}) as k${at + 1}`),
    ...table.keyColumns.map((name, at) => `l.${q(name)} as l${at + 1}, v.${q(name)} as v${at + 1}`),
    'v.transaction_id as version',
  ];
  await tx.execute(
    raw(`
    create temporary table ${differences} on commit drop as
    select ${columns.join(', ')}
      from ${liveName(table)} l
      full join (${latestVersions(matching, options.several)}) v on ${same(key, 'l', 'v')}
     where ${wanted.length === 0 ? 'false' : wanted.join(' or ')}`),
  );
  const [counts] = await tx.execute<Record<Kind | 'live', number>>(
    raw(`
    select count(*) filter (where kind = 0) as create, count(*) filter (where kind = 1) as update,
           count(*) filter (where kind = 2) as delete, (select count(*) from ${liveName(table)}) as live
      from ${differences}`),
  );
  const { create = 0, update = 0, delete: remove = 0, live = 0 } = counts ?? {};
  return { matching, differences, counts: { create, update, delete: remove }, live };
}

/** Drops all but the first `keep` differences of a kind, in the key's order. */
export async function keepFirst(tx: Executor, found: Found, kind: Kind, keep: number): Promise<void> {
  if (keep >= found.counts[kind]) return;
  const order = found.matching.key.map((_, at) => `k${at + 1}`).join(', ');
  await tx.execute(
    raw(`
    delete from ${found.differences} where ctid in (
      select ctid from ${found.differences} where kind = ${OPERATION[kind]} order by ${order} offset ${keep})`),
  );
  found.counts[kind] = keep;
}

/** `l.a = v.a and …` */
function same(names: readonly string[], left: string, right: string): string {
  return names.map((name) => `${left}.${q(name)} = ${right}.${q(name)}`).join(' and ');
}

/** SQL made of catalog names only, every one of them quoted. */
export function raw(text: string): SQL {
  return sql.raw(text);
}

function latestVersions({ table, key }: Matching, several: boolean): string {
  const names = key.map(q).join(', ');
  if (!several) {
    return `select * from ${versionsName(table)} where end_transaction_id is null and operation_type <> 2`;
  }
  return `select * from (
    select distinct on (${names}) * from ${versionsName(table)} where end_transaction_id is null
     order by ${names}, transaction_id desc) newest where operation_type <> 2`;
}

/**
 * Which columns `=` can be trusted with: those whose equal values look the same. Of the others (json has no `=`,
 * a numeric's 1.0 equals 1.00, two boxes of one area are equal) the stored bytes are compared.
 */
async function comparisons(
  tx: Executor,
  { table, compared }: Matching,
): Promise<{ plain: string[]; bytes: string[] }> {
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

function differs({ plain, bytes }: { plain: string[]; bytes: string[] }): string {
  const rowOf = (of: string) => `row(${bytes.map((name) => `${of}.${q(name)}`).join(', ')})::record`;
  return [
    ...plain.map((name) => `l.${q(name)} is distinct from v.${q(name)}`),
    ...(bytes.length === 0 ? [] : [`${rowOf('l')} operator(pg_catalog.*<>) ${rowOf('v')}`]),
  ].join(' or ');
}

async function requireUniqueKey(tx: Executor, table: VersionedTable, key: readonly string[]): Promise<void> {
  const names = key.map(q).join(', ');
  const [twice] = await tx.execute<{ key: unknown; rows: number }>(
    raw(`
    select json_build_array(${names}) as key, count(*) as rows from ${liveName(table)}
     group by ${names} having count(*) > 1 or ${key.map((name) => `${q(name)} is null`).join(' or ')} limit 1`),
  );
  if (twice === undefined) return;
  throw new GreenroomError(
    `Rows of "${displayName(table)}" can't be matched by ${key.join(', ')}: ${twice.rows} have ${JSON.stringify(twice.key)}. Choose columns that are unique and never null.`,
  );
}

function q(name: string | undefined): string {
  return quoted(name ?? '');
}
