/** Opens the mirror, wherever the settings say that it is. */
import type { Config } from '../config.ts';
import { type Database, openDatabase } from './client.ts';
import { acquireServer } from './embedded/server.ts';
import { readCommitted } from './isolation.ts';
import { migrate } from './migrate.ts';

/**
 * Opens and migrates the database of `DATABASE_URL`, else the embedded one under `GREENROOM_HOME`.
 *
 * @returns a database whose `close` also gives the embedded server back
 * @throws DatabaseUnavailableError
 */
export async function openMirror(
  config: Pick<Config, 'databaseUrl' | 'home'>,
  options: { maxConnections?: number; applicationName?: string } = {},
): Promise<Database> {
  const server = config.databaseUrl === undefined ? await acquireServer(config.home) : undefined;
  const database = openDatabase(server?.url ?? config.databaseUrl ?? '', options);
  const close = async (): Promise<void> => {
    await database.close();
    await server?.release();
  };
  try {
    await migrate(database);
    await readCommitted(database);
  } catch (error) {
    await close();
    throw error;
  }
  return { ...database, close };
}
