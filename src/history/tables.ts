/**
 * Which tables have a history: ours, and those that users registered. A table has one when `<table>_versions` stands
 * beside it with the three columns of a version, made by us: who else made it would have us run his triggers on it. Read
 * from the catalog, so that it is written down nowhere twice.
 *
 * Names are cast to text before they are put together or quoted: for the type `name` itself PostgreSQL would rather call
 * what anybody may have made in schema public.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { sqlStateOf } from '../db/failure.ts';
import { NotFoundError, UsageError } from '../errors.ts';

export interface VersionedTable {
  schema: string;
  name: string;
  /** The version table's name, in the same schema. */
  versions: string;
  /** The live table's columns in their order, without dropped ones. */
  columns: string[];
  /** The columns of its primary key, in the key's order. */
  keyColumns: string[];
  /** Columns that the version table lacks, or has with another type: the live table was altered since. */
  unversioned: string[];
  /** The version table's primary key has a column that the table has no more: it was renamed or dropped since. */
  keyAltered: boolean;
  /** Its as-of function gives other columns than the table has: one was dropped since. It fails. */
  asOfFails: boolean;
  /** Qualified names of the tables that its foreign keys point at. */
  parents: string[];
  /** Whether a row's place (ctid) tells it from all others: each partition and each child has places of its own. */
  placed: { live: boolean; versions: boolean };
}

/** How a table is named to people and in reports: without the schema when it is ours. */
export function displayName(table: Pick<VersionedTable, 'schema' | 'name'>): string {
  return table.schema === 'greenroom' ? table.name : `${table.schema}.${table.name}`;
}

/** An identifier as SQL wants it, whatever characters it has. */
export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

/** The live table's quoted, qualified name. */
export function liveName(table: Pick<VersionedTable, 'schema' | 'name'>): string {
  return `${quoted(table.schema)}.${quoted(table.name)}`;
}

/** The version table's quoted, qualified name. */
export function versionsName(table: Pick<VersionedTable, 'schema' | 'versions'>): string {
  return `${quoted(table.schema)}.${quoted(table.versions)}`;
}

/** Why the versions of a table whose key was altered are not gone on with, and what to do. */
export function keyAlteredReason(table: Pick<VersionedTable, 'schema' | 'versions' | 'keyColumns'>): string {
  return `its primary key is (${table.keyColumns.join(', ')}) now, and a column of its versions' own key is gone. If it was renamed, rename it in "${table.schema}.${table.versions}" too; if not, give that table another name, which begins a new history.`;
}

/** The condition that the table `c` of schema `n` is what a user calls so: with its schema, quoted or not, or ours. */
export function isNamed(name: string): SQL {
  return sql`c.relkind in ('r', 'p') and ${name}::text in (n.nspname::text || '.' || c.relname::text,
             case when n.nspname = 'greenroom' then c.relname end,
             quote_ident(n.nspname::text) || '.' || quote_ident(c.relname::text))`;
}

/** The condition that the version table `v` belongs to whom the mirror belongs to, to ourselves, or to a superuser. */
export const isOurs = sql`(v.relowner in (select t.relowner from pg_class t where t.oid = 'greenroom.transactions'::regclass)
             or exists (select from pg_roles r where r.oid = v.relowner and (r.rolsuper or r.rolname = current_user)))`;

/** All tables with a history, those that others point at first; tables of one level in the order of their making. */
export async function versionedTables(executor: Executor): Promise<VersionedTable[]> {
  const rows = await executor.execute<Omit<VersionedTable, 'versions'> & Record<string, unknown>>(sql`
    select n.nspname as schema, c.relname as name,
           (select json_agg(a.attname order by a.attnum) from pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
           (select json_agg(a.attname order by array_position(i.indkey::int2[], a.attnum))
              from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
             where i.indrelid = c.oid and i.indisprimary) as "keyColumns",
           (select coalesce(json_agg(a.attname order by a.attnum), '[]') from pg_attribute a
             where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and not exists (
               select from pg_attribute w where w.attrelid = v.oid and w.attname = a.attname and not w.attisdropped
                  and (w.atttypid, w.atttypmod) = (a.atttypid, a.atttypmod))) as unversioned,
           exists (select from pg_index w join pg_attribute a on a.attrelid = v.oid and a.attnum = any (w.indkey)
                    where w.indrelid = v.oid and w.indisprimary and a.attname <> 'transaction_id' and not exists (
                      select from pg_attribute o where o.attrelid = c.oid and o.attname = a.attname and not o.attisdropped)) as "keyAltered",
           exists (select from pg_proc p where p.pronamespace = n.oid and p.proname = c.relname::text || '_as_of' and p.prorettype = c.reltype
              and strpos(p.prosrc, (select 'SELECT ' || string_agg('v.' || quote_ident(a.attname::text), ', ' order by a.attnum) || ' FROM '
                from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)) = 0) as "asOfFails",
           (select coalesce(json_agg(distinct fn.nspname::text || '.' || f.relname::text), '[]')
              from pg_constraint k join pg_class f on f.oid = k.confrelid join pg_namespace fn on fn.oid = f.relnamespace
             where k.conrelid = c.oid and k.contype = 'f') as parents,
           json_build_object('live', c.relkind = 'r' and not c.relhassubclass,
                             'versions', v.relkind = 'r' and not v.relhassubclass) as placed
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      join pg_class v on v.relnamespace = c.relnamespace and v.relname = c.relname::text || '_versions' and v.relkind in ('r', 'p')
       and v.relpersistence <> 't'
       and ${isOurs}
     where c.relkind in ('r', 'p')
       and (select count(*) from pg_attribute a where a.attrelid = v.oid and not a.attisdropped
               and a.attname in ('transaction_id', 'end_transaction_id', 'operation_type')) = 3
       and exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)
     order by (n.nspname <> 'greenroom'), c.oid`);
  return parentsFirst(rows.map((row) => ({ ...row, versions: `${row.name}_versions` })));
}

/**
 * The tables that a user named, in foreign-key order; `talks`, `greenroom.talks` and `public.badges` are all right.
 *
 * @throws NotFoundError when one of them has no history
 */
export function chooseTables(tables: readonly VersionedTable[], names: readonly string[]): VersionedTable[] {
  const answersTo = (table: VersionedTable, name: string) =>
    name === displayName(table) || name === `${table.schema}.${table.name}`;
  for (const name of names) {
    if (tables.some((table) => answersTo(table, name))) continue;
    throw new NotFoundError(
      `Table "${name}" has no history. See those that have one with: greenroom versions --list; give it one with: greenroom versions --register SCHEMA.TABLE`,
    );
  }
  return names.length === 0
    ? [...tables]
    : tables.filter((table) => names.some((name) => answersTo(table, name)));
}

/**
 * Gives a table a history: version table, indexes and as-of function. On one that has it, adds what is missing.
 *
 * @param name `schema.table`, or a table of ours
 * @throws NotFoundError when there is no such table
 * @throws UsageError when its rows have no primary key, or its versions can't follow how it was altered
 */
export async function registerTable(executor: Executor, name: string): Promise<VersionedTable> {
  const [found] = await executor.execute<{ oid: number; schema: string; name: string; keyed: boolean }>(sql`
    select c.oid::int8 as oid, n.nspname as schema, c.relname as name,
           exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary) as keyed
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where ${isNamed(name)} order by c.oid limit 1`);
  if (found === undefined) {
    throw new NotFoundError(`There is no table "${name}" in the database. Name it as SCHEMA.TABLE.`);
  }
  if (!found.keyed) {
    throw new UsageError(
      `Table "${name}" has no primary key, so its rows have no identity to keep a history of. Add one first.`,
    );
  }
  await historyEnabled(executor, found.oid, name);
  const registered = (await versionedTables(executor)).find(
    (table) => table.schema === found.schema && table.name === found.name,
  );
  if (registered === undefined) throw new NotFoundError(`Table "${name}" was not given a history.`);
  return registered;
}

async function historyEnabled(executor: Executor, oid: number, name: string): Promise<void> {
  try {
    await executor.execute(sql`select greenroom.history_enable(${oid}::oid::regclass)`);
  } catch (error) {
    // A value that has no place in the new type or its domain, or something that depends on the old one.
    if (!/^(22|23|0A|2B)/.test(sqlStateOf(error) ?? '')) throw error;
    const { cause } = error as Error;
    throw new UsageError(
      `The version table of "${name}" can't be altered as the table was: ${(cause as Error).message}. Alter it by hand, or rename it to begin a new history.`,
      { cause },
    );
  }
}

function parentsFirst(tables: readonly VersionedTable[]): VersionedTable[] {
  const byName = new Map(tables.map((table) => [`${table.schema}.${table.name}`, table]));
  const ordered = new Set<VersionedTable>();
  const entered = new Set<VersionedTable>();
  const enter = (table: VersionedTable): void => {
    if (entered.has(table)) return;
    entered.add(table);
    for (const parent of table.parents) {
      const versioned = byName.get(parent);
      if (versioned) enter(versioned);
    }
    ordered.add(table);
  };
  for (const table of tables) enter(table);
  return [...ordered];
}
