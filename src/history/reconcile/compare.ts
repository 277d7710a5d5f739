/** Compares one table, with what is known of it, and picks out keys that have several latest versions. */
import type { Executor } from '../../db/client.ts';
import { type Found, findDifferences } from './differences.ts';
import type { FoundEqual } from './found-equal.ts';
import type { Matching, ReconcileOptions, SeveralLatest } from './options.ts';
import { closeSeveralLatest, findSeveralLatest } from './several-latest.ts';

export interface Compared {
  found: Found;
  severalLatest: SeveralLatest[];
  /** How many superfluous latest versions were closed. */
  repaired: number;
  /** Set when all live rows are now known to be equal to their latest versions, once what was found is written. */
  equal: FoundEqual | undefined;
}

/**
 * @param number makes the temporary table's name unique in the transaction
 * @throws GreenroomError when the columns to match by don't tell the live rows apart
 */
export async function compareTable(
  tx: Executor,
  matching: Matching,
  number: number,
  known: FoundEqual | undefined,
  options: ReconcileOptions,
): Promise<Compared> {
  const byPrimaryKey = matching.key === matching.table.keyColumns;
  const isWhole =
    byPrimaryKey && options.update !== false && matching.compared.length === matching.table.columns.length;
  const find = { ...options, number };
  if (byPrimaryKey && known?.before) {
    const found = await findDifferences(tx, matching, { ...find, several: false, equal: known });
    if (found.several === 0) {
      // Without anything to compare or to write, what is known stays as it is.
      const isNews = found.compared + found.counts.create + found.counts.update > 0;
      return { found, severalLatest: [], repaired: 0, equal: isWhole && isNews ? known : undefined };
    }
  }
  const several = await findSeveralLatest(tx, matching);
  const repairs = several.any && options.repair === true && options.dryRun !== true;
  const repaired = repairs ? await closeSeveralLatest(tx, matching) : 0;
  const picks = several.any && !repairs;
  const found = await findDifferences(tx, matching, { ...find, several: picks, equal: undefined });
  return { found, severalLatest: several.named, repaired, equal: isWhole && !picks ? known : undefined };
}
