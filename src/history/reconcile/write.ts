/** Writes the versions that were missing, as three set statements a table. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { quoted, versionsName } from '../tables.ts';
import { isAt, liveRows, versionRows } from './addresses.ts';
import type { Found } from './differences.ts';
import { KIND } from './options.ts';

/** Closes what the found differences supersede, and writes the new versions, whole. */
export async function writeVersions(tx: Executor, found: Found, transactionId: number): Promise<void> {
  const { table } = found.matching;
  const { create, update, delete: remove } = found.counts;
  const [lives, versions] = [liveRows(table), versionRows(table)];
  const columns = table.columns.map(quoted).join(', ');
  const add = (from: string, operation: string, where: string) =>
    tx.execute(
      sql.raw(`
      insert into ${versionsName(table)} (${columns}, transaction_id, end_transaction_id, operation_type)
      select ${table.columns.map((name) => `t.${quoted(name)}`).join(', ')}, ${transactionId}, null, ${operation}
        from ${from} t join ${found.differences} d on ${where}`),
    );

  if (remove > 0)
    await add(versions.from, `${KIND.delete}`, `d.kind = ${KIND.delete} and ${isAt(versions, 't', 'd.v')}`);
  if (update + remove > 0) {
    await tx.execute(
      sql.raw(`
      update ${versions.from} t set end_transaction_id = ${transactionId} from ${found.differences} d
       where d.kind in (${KIND.update}, ${KIND.delete}) and ${isAt(versions, 't', 'd.v')}`),
    );
  }
  if (create > 0) await closeOpenDeletes(tx, found, transactionId);
  if (create + update > 0)
    await add(
      lives.from,
      'd.kind',
      `d.kind in (${KIND.create}, ${KIND.update}) and ${isAt(lives, 't', 'd.l')}`,
    );
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
    sql.raw(`
    update ${versionsName(table)} t set end_transaction_id = ${transactionId}
      from ${found.differences} d join ${lives.from} l on ${isAt(lives, 'l', 'd.l')}
     where d.kind = ${KIND.create} and t.end_transaction_id is null and t.operation_type = ${KIND.delete} and ${same}`),
  );
}
