/** Rows written since a database was made, as PostgreSQL counts them. */
import type { Database } from '../../src/db/client.ts';
import { mirroredTables, versionTables } from '../../test/support/mirrored-tables.ts';

export interface RowsWritten {
  inserted: number;
  updated: number;
  deleted: number;
}

export type RowsByTable = Record<string, RowsWritten>;

/** Sessions tell what they wrote when they end, at the latest: end the worker first. */
export async function rowsByTable({ sql }: Database): Promise<RowsByTable> {
  const tables = [...mirroredTables, ...versionTables, 'transactions'];
  const rows = await sql<({ table: string } & RowsWritten)[]>`
    select relname as table, n_tup_ins::int as inserted, n_tup_upd::int as updated, n_tup_del::int as deleted
      from pg_stat_user_tables where schemaname = 'greenroom' and relname = any(${tables})`;
  return Object.fromEntries(rows.map(({ table, ...written }) => [table, written]));
}

export function rowsSince(now: RowsByTable, before: RowsByTable): RowsByTable {
  const difference = (table: string, kind: keyof RowsWritten) =>
    (now[table]?.[kind] ?? 0) - (before[table]?.[kind] ?? 0);
  return Object.fromEntries(
    Object.keys(now).map((table) => [
      table,
      {
        inserted: difference(table, 'inserted'),
        updated: difference(table, 'updated'),
        deleted: difference(table, 'deleted'),
      },
    ]),
  );
}

export function totalOf(rows: RowsByTable, tables: readonly string[]): number {
  return tables.reduce((sum, table) => {
    const { inserted, updated, deleted } = rows[table] ?? { inserted: 0, updated: 0, deleted: 0 };
    return sum + inserted + updated + deleted;
  }, 0);
}
