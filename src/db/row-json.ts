import { getTableColumns } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';

/** A row as JSON shows it: under the columns' names. */
export function rowJson<T extends PgTable>(table: T, row: T['$inferSelect']): Record<string, unknown> {
  const fields = row as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(getTableColumns(table)).map(([field, column]) => [column.name, fields[field]]),
  );
}
