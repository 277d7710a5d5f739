/** Pieces of the set statements that are the same for every table, made from the Drizzle definitions. */
import { type SQL, type SQLChunk, sql } from 'drizzle-orm';
import { getTableConfig, type PgColumn, type PgTable } from 'drizzle-orm/pg-core';
import type { Executor } from './client.ts';

/** How many rows one statement carries. See docs/performance.md. */
const ROWS_PER_STATEMENT = 5_000;

/** The table's schema-qualified name. */
export function tableName(table: PgTable): SQL {
  const { schema, name } = getTableConfig(table);
  return sql`${sql.identifier(schema ?? 'public')}.${sql.identifier(name)}`;
}

/** All of the table's columns, comma-separated. */
export function columnList(table: PgTable): SQL {
  return names(getTableConfig(table).columns);
}

/** The columns of the table's primary key, in their order. */
export function keyColumnsOf(table: PgTable): PgColumn[] {
  const { columns, primaryKeys } = getTableConfig(table);
  const composite = primaryKeys[0]?.columns.map(
    ({ name }) => columns.find((column) => column.name === name) as PgColumn,
  );
  return composite ?? columns.filter((column) => column.primary);
}

/** `(a, b) in (select * from unnest($1, $2))`: one parameter a column, however many keys. */
export function matchesKeys(columns: readonly PgColumn[], keys: readonly (readonly unknown[])[]): SQL {
  const arrays = columns.map((column, at) =>
    arrayOf(
      column,
      keys.map((key) => key[at]),
    ),
  );
  if (columns.length === 1) return sql`${names(columns)} = any(${arrays[0]})`;
  return sql`(${names(columns)}) in (select * from unnest(${sql.join(arrays, sql`, `)}))`;
}

/** `column = any($1)`: one parameter and one text, which is prepared once, however many values. */
export function isOneOf(column: PgColumn, values: readonly unknown[]): SQL {
  return sql`${column} = any(${arrayOf(column, values)})`;
}

function arrayOf(column: PgColumn, values: readonly unknown[]): SQL {
  return sql`${sql.param(values)}::${sql.raw(column.getSQLType())}[]`;
}

/** In an upsert's `DO UPDATE`: the column's value as it would have been inserted. */
export function excluded(column: PgColumn): SQL {
  return sql`excluded.${sql.identifier(column.name)}`;
}

/** In an upsert's `DO UPDATE … WHERE`: whether any of the columns would get another value. */
export function wouldChange(columns: readonly PgColumn[]): SQL {
  return sql.join(
    columns.map((column) => sql`${column} is distinct from ${excluded(column)}`),
    sql` or `,
  );
}

/** A property name of the table's definition → its column. */
export function columnsOf(table: PgTable): Record<string, PgColumn> {
  return Object.fromEntries(
    Object.entries(table).filter(([, value]) => value && typeof value === 'object' && 'columnType' in value),
  ) as Record<string, PgColumn>;
}

/** Column names, quoted and comma-separated. */
function names(columns: readonly PgColumn[]): SQL {
  return commaSeparated(columns.map((column) => sql.identifier(column.name)));
}

/**
 * Inserts or updates rows by one `INSERT … SELECT … FROM json_to_recordset … ON CONFLICT` per 5,000.
 *
 * @param rowOf an item's row, with the definition's property names; the same ones of every item
 * @param conflict the columns of the unique key; `id` and `created_at` of a row that exists stay
 * @param always columns set to an expression in both cases, as `changed_at = now()`
 * @returns id and key of every row, and whether it is new
 */
export async function upsert<Item>(
  tx: Executor,
  table: PgTable,
  items: readonly Item[],
  rowOf: (item: Item) => Record<string, unknown>,
  conflict: readonly PgColumn[],
  always: Record<string, SQL>,
): Promise<UpsertedRow[]> {
  const written: UpsertedRow[] = [];
  for (let at = 0; at < items.length; at += ROWS_PER_STATEMENT) {
    const rows = items.slice(at, at + ROWS_PER_STATEMENT).map(rowOf);
    for (const row of await tx.execute<UpsertedRow>(upsertStatement(table, rows, conflict, always))) {
      written.push(row);
    }
  }
  return written;
}

/** What an upsert gives back of each row; the key is the last column of the unique key, as text. */
export interface UpsertedRow extends Record<string, unknown> {
  id: number;
  key: string;
  /** It was inserted: nobody had a row of this key by then. */
  isNew: boolean;
}

/** The one statement for at least one row; see `upsert`. Properties that are no columns are left out. */
export function upsertStatement(
  table: PgTable,
  rows: readonly Record<string, unknown>[],
  conflict: readonly PgColumn[],
  always: Record<string, SQL>,
): SQL {
  const all = columnsOf(table);
  const fixed = Object.entries(always).map(
    ([property, value]) => [all[property] as PgColumn, value] as const,
  );
  const given = Object.keys(rows[0] ?? {}).flatMap((property) => {
    const column = all[property];
    return column ? [[property, column] as const] : [];
  });
  const columns = [...given.map(([, column]) => column), ...fixed.map(([column]) => column)];
  const values = commaSeparated([
    ...given.map(([property]) => sql.identifier(property)),
    ...fixed.map(([, value]) => value),
  ]);
  const record = commaSeparated(
    given.map(([property, column]) => sql`${sql.identifier(property)} ${sql.raw(column.getSQLType())}`),
  );
  const updates = commaSeparated(
    columns
      .filter((column) => !conflict.includes(column))
      .map((column) => sql`${sql.identifier(column.name)} = ${excluded(column)}`),
  );
  const key = sql.identifier((conflict.at(-1) as PgColumn).name);
  return sql`
    insert into ${tableName(table)} (${names(columns)})
    select ${values} from json_to_recordset(${JSON.stringify(rows)}::json) as r(${record})
    on conflict (${names(conflict)}) do update set ${updates}
    returning id, ${key}::text as key, xmax = 0 as "isNew"`;
}

function commaSeparated(parts: SQLChunk[]): SQL {
  return sql.join(parts, sql`, `);
}
