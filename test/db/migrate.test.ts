import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { migrate } from '../../src/db/migrate.ts';
import { DatabaseUnavailableError, SettingsError } from '../../src/errors.ts';
import { createLogger } from '../../src/log.ts';
import { openPostgresBackend } from '../../src/queue/postgres-backend.ts';
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

  it('says which right the user of the database lacks, for the mirror and for the queue, and needs no other', async () => {
    const { url, database: owner, drop } = await createTestDatabase({ empty: true });
    const address = new URL(url);
    const name = address.pathname.slice(1);
    const role = `${name}_user`;
    await owner.sql.unsafe(`create role ${role} login password 'only-for-tests'`);
    address.username = role;
    address.password = 'only-for-tests';
    const database = openDatabase(address.href, { maxConnections: 1 });
    const log = createLogger({ level: 'silent', format: 'json' });
    const right = /lacks a right at .*: permission denied for database .*GRANT CREATE ON DATABASE/;
    const refused = await migrate(database).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SettingsError);
    expect(String(refused)).toMatch(right);
    await expect(openPostgresBackend(address.href, log)).rejects.toThrow(right);
    await owner.sql.unsafe(`grant create on database ${name} to ${role}`);
    await migrate(database);
    await (await openPostgresBackend(address.href, log)).close();
    await owner.sql.unsafe(`reassign owned by ${role} to current_user`);
    await expect(migrate(database)).rejects.toThrow(/permission denied for schema greenroom.*has to own/);
    await database.close();
    await owner.sql.unsafe(`drop owned by ${role}; drop role ${role}`);
    await drop();
  });

  it('says so when the database has an encoding that can not hold every text', async () => {
    const owner = openDatabase(test.url, { maxConnections: 1 });
    const name = `${new URL(test.url).pathname.slice(1)}_latin`;
    await owner.sql.unsafe(`create database ${name} encoding 'LATIN1' locale 'C' template template0`);
    const url = new URL(test.url);
    url.pathname = name;
    const database = openDatabase(url.href, { maxConnections: 1 });
    await expect(migrate(database)).rejects.toThrow(/the encoding LATIN1, .* ENCODING 'UTF8'/);
    await database.close();
    await owner.sql.unsafe(`drop database ${name}`);
    await owner.close();
  });

  it('says so when the server has no such database', async () => {
    const url = new URL(test.url);
    url.pathname = 'not_there';
    const missing = openDatabase(url.href);
    await expect(migrate(missing)).rejects.toThrow(/it has no such database/);
    await missing.close();
  });
});
