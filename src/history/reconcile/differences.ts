/**
 * The differences between a live table and its latest versions, found by PostgreSQL into a temporary table: only keys
 * and addresses are kept, no text ever leaves the server. One row a difference: `kind`, `k1…` the key that was matched
 * by, `l1…` and `v1…` the addresses of the live row and of the version.
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { quoted } from '../tables.ts';
import { type Comparison, comparisonOf, differenceCondition } from './comparisons.ts';
import { KIND, type Kind, type Matching, type ReconcileOptions } from './options.ts';
import { type PairOptions, pairsQuery, SEVERAL } from './pairs.ts';
import { requireUniqueKey } from './unique-key.ts';

export interface Found {
  matching: Matching;
  comparison: Comparison;
  /** The temporary table's quoted name. */
  differences: string;
  counts: Record<Kind, number>;
  /** Live rows that were looked at. */
  live: number;
  /** Pairs whose contents were compared. */
  compared: number;
  /** Keys that have several latest versions, of those written since `equal`. When there are any, the rest is void. */
  several: number;
}

export interface FindOptions extends Omit<PairOptions, 'differs'>, Pick<ReconcileOptions, 'update'> {
  /** Makes the temporary table's name unique in the transaction. */
  number: number;
}

/**
 * Compares one table with its latest versions.
 *
 * @throws GreenroomError when the columns to match by don't tell the live rows apart
 */
export async function findDifferences(
  tx: Executor,
  matching: Matching,
  options: FindOptions,
): Promise<Found> {
  const { table, key } = matching;
  if (key !== table.keyColumns) await requireUniqueKey(tx, table, key);
  const comparison = await comparisonOf(tx, matching);
  const differs = options.update === false ? undefined : differenceCondition(comparison);
  const query = pairsQuery(matching, { ...options, differs });
  const differences = quoted(`greenroom_differences_${options.number}`);
  await tx.execute(sql.raw(`drop table if exists pg_temp.${differences}`));
  await tx.execute(
    sql.raw(
      `create temporary table ${differences} on commit drop as select * from (${query}) pairs with no data`,
    ),
  );
  const [counted] = await tx.execute<Record<Kind | 'several' | 'live' | 'compared', number>>(
    sql.raw(`
    with pairs as materialized (${query}),
    written as (insert into ${differences} select * from pairs where kind is not null returning kind)
    select count(*) filter (where kind = ${KIND.create}) as create,
           count(*) filter (where kind = ${KIND.update}) as update,
           count(*) filter (where kind = ${KIND.delete}) as delete,
           count(*) filter (where kind = ${SEVERAL}) as several,
           (select count(l1) from pairs) as live, (select count(*) from pairs where compared) as compared
      from written`),
  );
  const { create = 0, update = 0, delete: remove = 0, several = 0, live = 0, compared = 0 } = counted ?? {};
  const counts = { create, update, delete: remove };
  return { matching, comparison, differences, counts, live, compared, several };
}

/** Drops all but the first `keep` differences of a kind, in the key's order. */
export async function keepFirst(tx: Executor, found: Found, kind: Kind, keep: number): Promise<void> {
  if (keep >= found.counts[kind]) return;
  const order = found.matching.key.map((_, at) => `k${at + 1}`).join(', ');
  await tx.execute(
    sql.raw(`
    delete from ${found.differences} where ctid in (
      select ctid from ${found.differences} where kind = ${KIND[kind]} order by ${order} offset ${keep})`),
  );
  found.counts[kind] = keep;
}
