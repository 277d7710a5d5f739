/**
 * How a row that was found is got at again in the same snapshot: by its place in the table. Where that doesn't tell all
 * rows apart, because each partition or child has places of its own, by its key.
 */
import { liveName, quoted, type VersionedTable, versionsName } from '../tables.ts';

/** What to read rows from, and the columns (quoted) that say which row is meant; the last of them is never null. */
export interface Addressed {
  from: string;
  columns: string[];
}

export function liveRows(table: VersionedTable): Addressed {
  return table.placed.live
    ? { from: `only ${liveName(table)}`, columns: ['ctid'] }
    : { from: liveName(table), columns: table.keyColumns.map(quoted) };
}

export function versionRows(table: VersionedTable): Addressed {
  return table.placed.versions
    ? { from: `only ${versionsName(table)}`, columns: ['ctid'] }
    : { from: versionsName(table), columns: [...table.keyColumns, 'transaction_id'].map(quoted) };
}

/** `t.ctid = d.l1`, `t."a" = d.l1 and t."b" = d.l2`: the row `t` is the one whose address is in `d`. */
export function isAt({ columns }: Addressed, alias: string, addresses: string): string {
  return columns.map((name, at) => `${alias}.${name} = ${addresses}${at + 1}`).join(' and ');
}
