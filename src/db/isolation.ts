import type { Database } from './client.ts';

/**
 * A database or a user may be set to more than PostgreSQL's own default, and then statements that meet would fail. Call
 * it while at most one connection is open. Only where it is needed is it a parameter of each connection: PgBouncer would
 * refuse that.
 */
export async function readCommitted({ sql }: Pick<Database, 'sql'>): Promise<void> {
  const [row] = await sql`select current_setting('default_transaction_isolation') as isolation`;
  if (row?.isolation === 'read committed') return;
  sql.options.connection.default_transaction_isolation = 'read committed';
  await sql`set default_transaction_isolation = 'read committed'`;
}
