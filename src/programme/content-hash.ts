/** What tells whether a row's content changed. */
import { hash } from 'node:crypto';

/** What a column can hold: a JSON value or a point in time. */
type Value = string | number | boolean | null | Date | readonly Value[] | { readonly [key: string]: Value };

/**
 * A function that gives rows with the same content the same 22 characters, whatever the order of their keys, and
 * others different ones: the first 132 bits of a SHA-256 over `columns` in the order given here.
 *
 * @param columns the row's columns that count as its content; others are ignored
 * @throws TypeError from the function when a column is undefined: what is unknown has to be settled before
 */
export function contentHasher<Column extends string>(
  columns: readonly Column[],
): (row: { readonly [Key in Column]: unknown }) => string {
  return (row) => {
    const values: unknown[] = [];
    for (const column of columns) values.push(canonical(row[column] as Value, column));
    return hash('sha256', JSON.stringify(values), 'base64url').slice(0, 22);
  };
}

/** The value with sorted keys: PostgreSQL's jsonb gives them back in another order than pretalx. */
function canonical(value: Value, column: string): unknown {
  if (value === undefined)
    throw new TypeError(`Column "${column}" is undefined, so its row has no content hash.`);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date) return { '@': value.getTime() };
  if (Array.isArray(value)) return value.map((item) => canonical(item, column));
  const entries = value as { readonly [key: string]: Value };
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(entries).sort()) sorted[`_${key}`] = canonical(entries[key] as Value, column);
  return sorted;
}
