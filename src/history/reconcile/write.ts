/** Writes the versions that were missing, as three set statements a table. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { quoted, versionsName } from '../tables.ts';
import { isAt, liveRows, versionRows } from './addresses.ts';
import { type Found, raw } from './differences.ts';

/** The transaction's record; its time is read once everything is locked, so that it is later than what it closes. */
export async function writeTransaction(
  tx: Executor,
  info: { actor: string | null; comment: string | null },
): Promise<number> {
  const [row] = await tx.execute<{ id: number }>(sql`
    insert into greenroom.transactions (issued_at, actor, comment)
    values (clock_timestamp(), ${info.actor}, ${info.comment}) returning id`);
  return (row as { id: number }).id;
}

/** Closes what the found differences supersede, and writes the new versions, whole. */
export async function writeVersions(tx: Executor, found: Found, transactionId: number): Promise<void> {
  const { table } = found.matching;
  const { create, update, delete: remove } = found.counts;
  const [lives, versions] = [liveRows(table), versionRows(table)];
  const columns = table.columns.map(quoted).join(', ');
  const add = (from: string, operation: string, where: string) =>
    tx.execute(
      raw(`
      insert into ${versionsName(table)} (${columns}, transaction_id, end_transaction_id, operation_type)
      select ${table.columns.map((name) => `t.${quoted(name)}`).join(', ')}, ${transactionId}, null, ${operation}
        from ${from} t join ${found.differences} d on ${where}`),
    );

  if (remove > 0) await add(versions.from, '2', `d.kind = 2 and ${isAt(versions, 't', 'd.v')}`);
  if (update + remove > 0) {
    await tx.execute(
      raw(`
      update ${versions.from} t set end_transaction_id = ${transactionId} from ${found.differences} d
       where d.kind in (1, 2) and ${isAt(versions, 't', 'd.v')}`),
    );
  }
  if (create > 0) await closeOpenDeletes(tx, found, transactionId);
  if (create + update > 0) await add(lives.from, 'd.kind', `d.kind in (0, 1) and ${isAt(lives, 't', 'd.l')}`);
}

/**
 * A row that was deleted and made again: its delete version ends where the new one begins. Matched by the primary key
 * of the live row, whatever the others were matched by.
 */
async function closeOpenDeletes(tx: Executor, found: Found, transactionId: number): Promise<void> {
  const { table } = found.matching;
  const lives = liveRows(table);
  const same = table.keyColumns.map((name) => `t.${quoted(name)} = l.${quoted(name)}`).join(' and ');
  await tx.execute(
    raw(`
    update ${versionsName(table)} t set end_transaction_id = ${transactionId}
      from ${found.differences} d join ${lives.from} l on ${isAt(lives, 'l', 'd.l')}
     where d.kind = 0 and t.end_transaction_id is null and t.operation_type = 2 and ${same}`),
  );
}
