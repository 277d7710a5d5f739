import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { migrate } from '../../src/db/migrate.ts';
import { DatabaseUnavailableError } from '../../src/errors.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { freePort } from '../support/servers.ts';

describe('migrate', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await createTestDatabase({ empty: true });
  });
  afterAll(() => test.drop());

  const appliedMigrations = () =>
    test.database.sql`SELECT hash FROM greenroom.__drizzle_migrations ORDER BY created_at`;

  it('brings a new database up to date, once, however many processes start at the same time', async () => {
    const processes = Array.from({ length: 4 }, () => openDatabase(test.url, { maxConnections: 2 }));
    await Promise.all(processes.map(migrate));
    await Promise.all(processes.map((database) => database.close()));
    const applied = await appliedMigrations();
    expect(applied.length).toBeGreaterThan(0);
    expect(new Set(applied.map((row) => row.hash)).size).toBe(applied.length);
    const [talks] = await test.database.sql`SELECT count(*)::int AS talks FROM greenroom.talks`;
    expect(talks).toEqual({ talks: 0 });
  });

  it('changes nothing in a database that is up to date', async () => {
    const before = await appliedMigrations();
    await migrate(test.database);
    expect(await appliedMigrations()).toEqual(before);
  });

  it('says where it looked, without the password, when nothing listens there', async () => {
    const nowhere = openDatabase(`postgres://me:hunter2@127.0.0.1:${await freePort()}/mirror`);
    const failure = await migrate(nowhere).catch((error: unknown) => error);
    await nowhere.close();
    expect(failure).toBeInstanceOf(DatabaseUnavailableError);
    expect(String(failure)).toMatch(
      /PostgreSQL at 127\.0\.0\.1:\d+\/mirror can not be used: nothing listens there/,
    );
    expect(String(failure)).not.toContain('hunter2');
  });

  it('says so when the server has no such database', async () => {
    const url = new URL(test.url);
    url.pathname = 'not_there';
    const missing = openDatabase(url.href);
    await expect(migrate(missing)).rejects.toThrow(/it has no such database/);
    await missing.close();
  });
});
