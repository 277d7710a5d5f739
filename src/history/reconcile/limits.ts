/** How many differences a reconcile may write, over all its tables. */
import type { Executor } from '../../db/client.ts';
import { LimitExceededError } from '../../errors.ts';
import { type Found, keepFirst } from './differences.ts';
import { type Kind, kinds, type ReconcileOptions } from './options.ts';

/**
 * Holds what was found against the limits. With `partial` the first that they allow stay: tables in their order,
 * creations before updates before deletions, each in the key's order.
 *
 * @throws LimitExceededError
 */
export async function applyLimits(
  tx: Executor,
  found: readonly Found[],
  options: ReconcileOptions,
): Promise<void> {
  const ofKind = { create: options.maxCreate, update: options.maxUpdate, delete: options.maxDelete };
  for (const kind of kinds) await applyLimit(tx, found, [kind], ofKind[kind], kind, options.partial);
  await applyLimit(tx, found, kinds, options.maxTotal, 'total', options.partial);
}

async function applyLimit(
  tx: Executor,
  found: readonly Found[],
  counted: readonly Kind[],
  limit: number | undefined,
  name: Kind | 'total',
  partial: boolean | undefined,
): Promise<void> {
  if (limit === undefined) return;
  const count = found.reduce((sum, { counts }) => sum + counted.reduce((n, kind) => n + counts[kind], 0), 0);
  if (count <= limit) return;
  if (!partial) {
    const what = name === 'total' ? 'differences' : `versions to ${name}`;
    throw new LimitExceededError(
      `There are ${count} ${what}, and --max-${name} allows ${limit}. Nothing was written. Raise the limit, or keep the first ${limit} with --partial.`,
    );
  }
  let left = limit;
  for (const differences of found) {
    for (const kind of counted) {
      await keepFirst(tx, differences, kind, left);
      left -= differences.counts[kind];
    }
  }
}
