/** Tables that were altered since they were registered: their versions can't be whole until they are registered again. */
import { GreenroomError } from '../../errors.ts';
import { displayName, type VersionedTable } from '../tables.ts';
import type { AlteredTable, ReconcileOptions } from './options.ts';

/**
 * The tables without those that were altered. One that nobody asked for by name must not keep the others waiting.
 *
 * @throws GreenroomError when an altered one was named
 */
export function withoutAltered(
  chosen: readonly VersionedTable[],
  { tables: named = [] }: ReconcileOptions,
): { tables: VersionedTable[]; altered: AlteredTable[] } {
  const isWhole = (table: VersionedTable) => table.unversioned.length === 0;
  const altered = chosen
    .filter((table) => !isWhole(table))
    .map((table) => ({ table: displayName(table), reason: reasonOf(table) }));
  if (altered[0] && named.length > 0) throw new GreenroomError(altered[0].reason);
  return { tables: chosen.filter(isWhole), altered };
}

function reasonOf(table: VersionedTable): string {
  return `Table "${displayName(table)}" was altered since its history was switched on, and its versions don't have these columns as they are now: ${table.unversioned.join(', ')}. Bring them up to date with: greenroom versions --register ${table.schema}.${table.name}`;
}
