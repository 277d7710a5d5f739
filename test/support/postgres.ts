/** Databases for tests: one of its own for every file that asks, already migrated. */
import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { type Database, openDatabase } from '../../src/db/client.ts';

export interface TestDatabase {
  url: string;
  /** Open; `drop` closes it. */
  database: Database;
  /** Ends all sessions on it and removes it. */
  drop(): Promise<void>;
}

/**
 * Makes a new database on the test run's server.
 *
 * @param options.empty without greenroom's schema, to test migrations
 */
export async function createTestDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const template = options.empty ? 'template0' : inject('templateDatabase');
  await onServer(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  const address = new URL(inject('postgresUrl'));
  address.pathname = name;
  const url = address.href;
  const database = openDatabase(url, { maxConnections: 5 });
  return {
    url,
    database,
    async drop() {
      await database.close();
      await onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function onServer(statement: string): Promise<void> {
  const admin = openDatabase(inject('postgresUrl'), { maxConnections: 1 });
  try {
    await admin.sql.unsafe(statement);
  } finally {
    await admin.close();
  }
}
