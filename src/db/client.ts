import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type { Sql } from 'postgres';
import { postgres } from './driver.ts';
import { preparing } from './prepared.ts';
import * as schema from './schema/index.ts';

/** Drizzle on one pool; a transaction (`Tx`) answers to the same calls. */
export type Db = PostgresJsDatabase<typeof schema>;
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0];
export type Executor = Db | Tx;

/** An open database: `orm` for everything typed, `sql` for what needs the driver itself (LISTEN, cursors). */
export interface Database {
  readonly url: string;
  readonly orm: Db;
  readonly sql: Sql;
  close(): Promise<void>;
}

/**
 * Opens a pool on a PostgreSQL server; nothing is sent before the first query.
 *
 * In `orm.execute(sql`…`)` times come back as text; select through the schema to get `Date`s.
 */
export function openDatabase(
  url: string,
  options: { maxConnections?: number; applicationName?: string } = {},
): Database {
  const client = postgres(url, {
    max: options.maxConnections ?? 10,
    connect_timeout: 10,
    // Seconds between attempts: a server that is back is found at once, also after a long absence.
    backoff: (attempts) => Math.min(attempts * 0.1, 1),
    onnotice: () => {},
    connection: {
      application_name: options.applicationName ?? 'greenroom',
      // A database or a user may be set to others. More than these three PgBouncer would refuse.
      TimeZone: 'UTC',
      DateStyle: 'ISO',
      standard_conforming_strings: 'on',
    } as never,
    types: { bigint: { to: 20, from: [20], serialize: String, parse: Number } } as never,
  });
  fetchTypesOnce(client);
  const orm = drizzle(preparing(client), { schema });
  return { url, orm, sql: client, close: () => client.end({ timeout: 5 }) };
}

/** The driver asks for the array types on every new connection; what the first one learned serves all. */
function fetchTypesOnce({ options }: Sql): void {
  const { shared } = options as unknown as { shared: { typeArrayMap: Record<number, number> } };
  Object.defineProperty(options, 'fetch_types', {
    get: () => Object.keys(shared.typeArrayMap).length === 0,
  });
}
