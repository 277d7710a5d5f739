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
    let text = '';
    for (const column of columns) text += encoded(row[column] as Value, column);
    return hash('sha256', text, 'base64url').slice(0, 22);
  };
}

/**
 * A value as text that no other value has, and that is no beginning of another's. Lengths come first, so that nothing
 * has to be escaped: of all ways it is the one that leaves long texts alone. Keys are sorted, because PostgreSQL's
 * jsonb gives them back in another order than pretalx.
 */
function encoded(value: Value, column: string): string {
  if (typeof value === 'string') return `${value.length}:${value}`;
  if (value === null) return 'n';
  if (typeof value === 'number') return `#${value};`;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (value === undefined) {
    throw new TypeError(`Column "${column}" is undefined, so its row has no content hash.`);
  }
  if (value instanceof Date) return `@${value.getTime()};`;
  if (Array.isArray(value)) {
    return `[${value.length}:${value.map((item) => encoded(item, column)).join('')}`;
  }
  const entries = value as { readonly [key: string]: Value };
  const keys = Object.keys(entries).sort();
  const parts = keys.map((key) => encoded(key, column) + encoded(entries[key] as Value, column));
  return `{${keys.length}:${parts.join('')}`;
}
