import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Database } from '../db/client.ts';

/**
 * A short name of the mirror's database, the same for every process that uses it whatever the address it uses: two
 * installations that share a Redis must not work off each other's jobs.
 */
export async function installationName(database: Database): Promise<string> {
  const [row] = await database.orm.execute<{ allowed: boolean; oid: string; name: string }>(sql`
    select has_function_privilege('pg_control_system()', 'execute') as allowed,
      oid::text as oid, datname as name from pg_database where datname = current_database()`);
  if (!row?.allowed) return `greenroom-${row?.name ?? 'mirror'}`;
  const [server] = await database.orm.execute<{ id: string }>(
    sql`select system_identifier::text as id from pg_control_system()`,
  );
  const digest = createHash('sha256').update(`${server?.id}/${row.oid}`).digest('hex');
  return `greenroom-${digest.slice(0, 8)}`;
}
