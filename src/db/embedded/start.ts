/** From a home to a running server with greenroom's database in it. */
import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseUnavailableError, GreenroomError } from '../../errors.ts';
import { openDatabase } from '../client.ts';
import { chooseAccount } from './account.ts';
import { databaseName, ensureCluster, roleName } from './cluster.ts';
import type { Home } from './home.ts';
import { findInstallation } from './installation.ts';
import { stopLeftover } from './leftover.ts';
import { type Postmaster, startPostmaster } from './postmaster.ts';

const largestLogBytes = 8 * 1024 * 1024;

/** The URL of a database on the embedded server of a home. */
export function serverUrl(home: Home, port: number, database: string = databaseName): string {
  return `postgres://${roleName}:${home.password}@127.0.0.1:${port}/${database}`;
}

/** @throws DatabaseUnavailableError saying why it does not start */
export async function startEmbeddedServer(home: Home): Promise<Postmaster> {
  try {
    return await start(home);
  } catch (error) {
    if (error instanceof GreenroomError) throw error;
    throw new DatabaseUnavailableError(
      `The embedded PostgreSQL under ${home.folder} could not be started: ${(error as Error).message}. See server.log there; or set GREENROOM_HOME to another folder, or DATABASE_URL.`,
      { cause: error },
    );
  }
}

/** Makes what is missing, ends a server that outlived its keeper, and starts a new one. */
async function start(home: Home): Promise<Postmaster> {
  const installation = await findInstallation();
  const account = chooseAccount(installation, home.folder);
  const dataDir = await ensureCluster({ installation, account, home: home.folder, password: home.password });
  await stopLeftover(dataDir);
  const logFile = join(home.folder, 'server.log');
  if ((statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > largestLogBytes) truncateSync(logFile);
  const server = await startPostmaster({
    installation,
    account,
    dataDir,
    logFile,
    preferredPort: home.preferredPort,
  });
  try {
    await ensureDatabase(serverUrl(home, server.port, 'postgres'));
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const admin = openDatabase(url, { maxConnections: 1 });
  try {
    const [found] = await admin.sql`SELECT FROM pg_database WHERE datname = ${databaseName}`;
    if (!found) await admin.sql.unsafe(`CREATE DATABASE ${databaseName}`);
  } finally {
    await admin.close();
  }
}
