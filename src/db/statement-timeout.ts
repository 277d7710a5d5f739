import { sql } from 'drizzle-orm';
import type { Tx } from './client.ts';

/** From now on to the end of the transaction, PostgreSQL gives up each statement that takes longer. */
export async function limitStatements(tx: Tx, timeoutMs: number): Promise<void> {
  await tx.execute(sql`select set_config('statement_timeout', ${String(timeoutMs)}, true)`);
}
