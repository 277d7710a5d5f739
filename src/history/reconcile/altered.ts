/** Tables that were altered since they were registered, and have to be registered again. */
import { GreenroomError } from '../../errors.ts';
import { displayName, keyAlteredReason, type VersionedTable } from '../tables.ts';
import type { AlteredTable, ReconcileOptions } from './options.ts';

/**
 * The tables without those whose versions can't be whole as they were altered. One that nobody asked for by name must
 * not keep the others waiting.
 *
 * @throws GreenroomError when such a one was named
 */
export function withoutAltered(
  chosen: readonly VersionedTable[],
  { tables: named = [] }: ReconcileOptions,
): { tables: VersionedTable[]; altered: AlteredTable[] } {
  const isWhole = (table: VersionedTable) => table.unversioned.length === 0 && !table.keyAltered;
  const [first] = chosen.filter((table) => !isWhole(table));
  if (first && named.length > 0) throw new GreenroomError(reasonOf(first));
  const altered = chosen
    .filter((table) => !isWhole(table) || table.asOfFails)
    .map((table) => ({ table: displayName(table), reason: reasonOf(table) }));
  return { tables: chosen.filter(isWhole), altered };
}

function reasonOf(table: VersionedTable): string {
  const { schema, name, unversioned } = table;
  if (table.keyAltered)
    return `Table "${displayName(table)}" was altered since its history was switched on: ${keyAlteredReason(table)}`;
  const missing =
    unversioned.length > 0
      ? `its versions don't have these columns as they are now: ${unversioned.join(', ')}. Bring them up to date`
      : `${name}_as_of fails, for a column is gone. Renew it`;
  return `Table "${displayName(table)}" was altered since its history was switched on, and ${missing} with: greenroom versions --register ${schema}.${name}`;
}
