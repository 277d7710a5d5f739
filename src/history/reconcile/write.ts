/** Writes the versions that were missing, as three set statements a table. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { quoted, type VersionedTable, versionsName } from '../tables.ts';
import { isAt, liveRows, versionRows } from './addresses.ts';
import type { Found } from './differences.ts';
import { KIND } from './options.ts';

/** Closes what the found differences supersede, and writes the new versions, whole. */
export async function writeVersions(tx: Executor, found: Found, transactionId: number): Promise<void> {
  const { table, key } = found.matching;
  const { create, update, delete: remove } = found.counts;
  const byPrimaryKey = key === table.keyColumns;
  const [lives, versions] = [liveRows(table), versionRows(table)];
  const columns = table.columns.map(quoted).join(', ');
  const add = (from: string, operation: string, where: string) =>
    tx.execute(
      sql.raw(`
      insert into ${versionsName(table)} (${columns}, transaction_id, end_transaction_id, operation_type)
      select ${table.columns.map((name) => `t.${quoted(name)}`).join(', ')}, ${transactionId}, null, ${operation}
        from ${from} t join ${found.differences} d on ${where}`),
    );

  if (remove > 0) {
    // A row that has another value in the columns that were matched by is not gone.
    const isGone = byPrimaryKey
      ? 'true'
      : `not exists (select from ${lives.from} l where ${samePrimaryKey(table)})`;
    await add(
      versions.from,
      `${KIND.delete}`,
      `d.kind = ${KIND.delete} and ${isAt(versions, 't', 'd.v')} and ${isGone}`,
    );
  }
  if (update + remove > 0) {
    await tx.execute(
      sql.raw(`
      update ${versions.from} t set end_transaction_id = ${transactionId} from ${found.differences} d
       where d.kind in (${KIND.update}, ${KIND.delete}) and ${isAt(versions, 't', 'd.v')}`),
    );
  }
  if (create > 0 || (update > 0 && !byPrimaryKey))
    await closeSamePrimaryKey(tx, found, transactionId, byPrimaryKey);
  if (create + update > 0)
    await add(
      lives.from,
      'd.kind',
      `d.kind in (${KIND.create}, ${KIND.update}) and ${isAt(lives, 't', 'd.l')}`,
    );
}

/**
 * A row that was deleted and made again: its delete version ends where the new one begins. Matched by other columns
 * than the primary key, it can also have a version that was matched with no row or with another one, which ends too.
 */
async function closeSamePrimaryKey(
  tx: Executor,
  found: Found,
  transactionId: number,
  byPrimaryKey: boolean,
): Promise<void> {
  const { table } = found.matching;
  const lives = liveRows(table);
  const isSuperseded = byPrimaryKey
    ? `d.kind = ${KIND.create} and t.operation_type = ${KIND.delete}`
    : `d.kind in (${KIND.create}, ${KIND.update})`;
  await tx.execute(
    sql.raw(`
    update ${versionsName(table)} t set end_transaction_id = ${transactionId}
      from ${found.differences} d join ${lives.from} l on ${isAt(lives, 'l', 'd.l')}
     where ${isSuperseded} and t.end_transaction_id is null and ${samePrimaryKey(table)}`),
  );
}

/** The version `t` is one of the live row `l`. */
function samePrimaryKey({ keyColumns }: VersionedTable): string {
  return keyColumns.map((name) => `t.${quoted(name)} = l.${quoted(name)}`).join(' and ');
}
