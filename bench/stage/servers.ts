/** The PostgreSQL and the Redis of a run: those of DATABASE_URL and REDIS_URL, else ones of its own that end with it. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../../src/db/client.ts';
import { acquireServer } from '../../src/db/embedded/server.ts';
import { startTestRedis } from '../../test/support/servers.ts';
import { benchHome } from './places.ts';

export interface Servers {
  postgresUrl: string;
  /** Undefined where there is no Redis. */
  redisUrl: string | undefined;
  stop(): Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const redis = process.env.REDIS_URL
    ? { url: process.env.REDIS_URL, stop: async () => {} }
    : await startTestRedis();
  const postgres = process.env.DATABASE_URL
    ? { url: process.env.DATABASE_URL, stop: async () => {} }
    : await startPostgres();
  return {
    postgresUrl: postgres.url,
    redisUrl: redis?.url,
    async stop() {
      await postgres.stop();
      await redis?.stop();
    },
  };
}

/** The embedded server just as users have it, with new data, on the disk of the checkout. */
async function startPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  mkdirSync(benchHome, { recursive: true, mode: 0o700 });
  const home = mkdtempSync(join(benchHome, 'postgres-'));
  const { url, release } = await acquireServer(home);
  return {
    url,
    async stop() {
      await release();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Runs one statement on the server's own database. */
export async function onServer(url: string, statement: string): Promise<void> {
  const admin = openDatabase(url, { maxConnections: 1 });
  try {
    await admin.sql.unsafe(statement);
  } finally {
    await admin.close();
  }
}
