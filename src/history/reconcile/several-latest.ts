/**
 * Keys that have more than one latest version: a history that somebody wrote by hand, or by a tool that deletes without
 * closing. An open delete version with a newer version after it is none: the row was made again.
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { quoted, versionsName } from '../tables.ts';
import { exactJson } from './exact-json.ts';
import type { Matching, SeveralLatest } from './options.ts';

/** A report names at most so many keys of a table. */
const NAMED = 1_000;

export interface SeveralLatestFound {
  named: SeveralLatest[];
  /** Some key has several open versions, of whatever kind. */
  any: boolean;
}

/** The keys of a table with several latest versions. */
export async function findSeveralLatest(tx: Executor, { table, key }: Matching): Promise<SeveralLatestFound> {
  const names = key.map(quoted).join(', ');
  const ofVersion = key.map((name) => `v.${quoted(name)}`).join(', ');
  const keyJson = key.map((name) => `'${name.replaceAll("'", "''")}', v.${quoted(name)}`).join(', ');
  const rows = await tx.execute<{ key: string; transactions: number[]; open: boolean }>(
    sql.raw(`
    with doubled as materialized (
      select ${names} from ${versionsName(table)} where end_transaction_id is null group by ${names} having count(*) > 1)
    select json_build_object(${keyJson})::text as key, json_agg(transaction_id order by transaction_id) as transactions,
           count(*) filter (where operation_type <> 2)
             > (case when (array_agg(operation_type order by transaction_id desc))[1] = 2 then 0 else 1 end) as open
      from ${versionsName(table)} v join doubled using (${names})
     where end_transaction_id is null group by ${ofVersion} order by ${ofVersion}`),
  );
  const named = rows.filter((row) => row.open).slice(0, NAMED);
  return {
    named: named.map(({ key, transactions }) => ({ key: exactJson(key), transactions })),
    any: rows.length > 0,
  };
}

/**
 * Closes all but the newest latest version of each key, each by the transaction that wrote the next.
 *
 * @returns how many were closed
 */
export async function closeSeveralLatest(tx: Executor, { table, key }: Matching): Promise<number> {
  const names = key.map(quoted).join(', ');
  const closed = await tx.execute(
    sql.raw(`
    update ${versionsName(table)} v set end_transaction_id = o.next_transaction_id
      from (select ctid as at, lead(transaction_id) over (partition by ${names} order by transaction_id) as next_transaction_id
              from ${versionsName(table)} where end_transaction_id is null) o
     where v.ctid = o.at and o.next_transaction_id is not null`),
  );
  return closed.count;
}
