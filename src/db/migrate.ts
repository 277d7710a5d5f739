/** Brings a database's schema up to date with src/db/migrations. */
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import { DatabaseUnavailableError, SettingsError } from '../errors.ts';
import { inPackage } from '../in-package.ts';
import { type Database, openDatabase } from './client.ts';
import { databaseFailure, missingRight, whereIs } from './failure.ts';

/** Any number that nothing else in the database locks. */
const lockKey = 0x67_72_65_65;
const oldestVersion = 14;
/** SQL_ASCII keeps whatever it is given. */
const encodings = ['UTF8', 'SQL_ASCII'];

const migrationsTable = { migrationsSchema: 'greenroom', migrationsTable: '__drizzle_migrations' };

/**
 * Applies the migrations that are missing. An up-to-date database costs one query; processes that start at the same
 * time wait for each other. A database that a newer greenroom has migrated is left as it is.
 *
 * @throws DatabaseUnavailableError when the server is not there, or older than PostgreSQL 14
 * @throws SettingsError when the user of `DATABASE_URL` lacks a right, or the database can't hold every text
 */
export async function migrate(database: Database): Promise<void> {
  try {
    const migrationsFolder = inPackage('src/db/migrations');
    const newest = readMigrationFiles({ migrationsFolder }).at(-1)?.folderMillis ?? 0;
    if ((await newestApplied(database)) >= newest) return;
    await migrateUnderLock(database.url, migrationsFolder);
  } catch (error) {
    const lacking = missingRight(error, database.url);
    throw lacking === undefined ? databaseFailure(error, database.url) : new SettingsError(lacking);
  }
}

/** When the newest applied migration was written (milliseconds); 0 in a new database. */
async function newestApplied({ sql }: Database): Promise<number> {
  try {
    const [row] = await sql`SELECT max(created_at) AS newest FROM greenroom.__drizzle_migrations`;
    return Number(row?.newest ?? 0);
  } catch (error) {
    const missing = ['42P01', '3F000'].includes(String((error as { code?: unknown }).code));
    if (missing) return 0;
    throw error;
  }
}

/** On one connection of its own, because the lock belongs to the session that took it. */
async function migrateUnderLock(url: string, migrationsFolder: string): Promise<void> {
  const session = openDatabase(url, { maxConnections: 1, applicationName: 'greenroom migrate' });
  try {
    const [row] = await session.sql`
      SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding`;
    if (Number(row?.version) < oldestVersion * 10_000) {
      throw new DatabaseUnavailableError(
        `PostgreSQL at ${whereIs(url)} is too old: greenroom needs version ${oldestVersion} or newer.`,
      );
    }
    if (!encodings.includes(row?.encoding)) {
      throw new SettingsError(
        `The database at ${whereIs(url)} has the encoding ${row?.encoding}, which can't hold every text of a programme. Make another one for DATABASE_URL: CREATE DATABASE greenroom ENCODING 'UTF8' TEMPLATE template0`,
      );
    }
    await session.sql`SELECT pg_advisory_lock(${lockKey})`;
    await applyMigrations(session.orm, { migrationsFolder, ...migrationsTable });
  } finally {
    await session.close();
  }
}
