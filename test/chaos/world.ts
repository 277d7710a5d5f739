/** All that chaos needs: servers of its own, an upstream for each conference, workers and a web server as processes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, readConfig } from '../../src/config.ts';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { conferences } from '../../src/db/schema/index.ts';
import { type Restartable, restartablePostgres, restartableRedis } from '../queue/restartable.ts';
import { type ReplayServer, startReplayServer } from '../support/replay-server.ts';
import { steadyPort } from '../support/servers.ts';
import { Fleet } from './fleet.ts';
import { keepRecord } from './record.ts';

export interface Conference {
  id: number;
  slug: string;
  upstream: ReplayServer;
}

export interface World {
  postgres: Restartable;
  /** Undefined when the queue is in PostgreSQL. */
  redis: Restartable | undefined;
  /** The driver's own connections, which the processes don't share. */
  database: Database;
  config: Config;
  conferences: Conference[];
  fleet: Fleet;
  /** Of the web server. */
  url: string;
  adminToken: string;
  webhookSecret: string;
  /** What the processes logged. */
  logDirectory: string;
  close(options: { keepLogs: boolean }): Promise<void>;
}

const secretVariable = 'WEBHOOK_SECRET_OF_CHAOS';
const adminToken = 'the-admin-token-of-chaos';
const webhookSecret = `whsec_${Buffer.from('the webhook secret of chaos').toString('base64')}`;

export interface WorldOptions {
  backend: 'PostgreSQL' | 'Redis';
  workers: number;
  conferences: number;
}

/** Starts everything; nothing has been synced yet. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const postgres = await restartablePostgres();
  const redis = options.backend === 'Redis' ? await restartableRedis() : undefined;
  const port = await steadyPort();
  const database = openDatabase(postgres.url, { maxConnections: 6, applicationName: 'chaos' });
  const logDirectory = mkdtempSync(join(tmpdir(), 'greenroom-chaos-'));
  await keepRecord(database);
  const made = await Promise.all(
    Array.from({ length: options.conferences }, (_, index) => makeConference(database, index)),
  );
  const env = {
    DATABASE_URL: postgres.url,
    ...(redis ? { REDIS_URL: redis.url } : {}),
    PRETALX_TOKEN: made[0]?.upstream.token('organiser') ?? '',
    PRETALX_TIMEOUT: '3s',
    GREENROOM_ATTEMPTS: '100',
    GREENROOM_BACKOFF: '100ms',
    GREENROOM_WORKER_CONCURRENCY: '2',
    GREENROOM_ADMIN_TOKEN: adminToken,
    [secretVariable]: webhookSecret,
    PORT: String(port),
    LOG_LEVEL: process.env.CHAOS_LOG ?? 'info',
    LOG_FORMAT: 'json',
  };
  const fleet = new Fleet(env, logDirectory);
  for (let count = 0; count < options.workers; count += 1) fleet.start('worker');
  fleet.start('web');
  return {
    postgres,
    redis,
    database,
    config: readConfig({ ...env, LOG_LEVEL: 'silent' }),
    conferences: made,
    fleet,
    url: `http://127.0.0.1:${port}`,
    adminToken,
    webhookSecret,
    logDirectory,
    async close({ keepLogs }) {
      await fleet.close();
      await database.close();
      await Promise.all(made.map(({ upstream }) => upstream.close()));
      await redis?.remove();
      await postgres.remove();
      if (!keepLogs) rmSync(logDirectory, { recursive: true, force: true });
    },
  };
}

async function makeConference(database: Database, index: number): Promise<Conference> {
  const upstream = await startReplayServer({ step: '1-v1.0' });
  upstream.largestPage = 25;
  const slug = `chaos-${index + 1}`;
  const [row] = await database.orm
    .insert(conferences)
    .values({
      slug,
      name: slug,
      pretalxEventSlug: upstream.slug,
      baseUrl: upstream.url,
      webhookSecretEnv: secretVariable,
      // One asks for itself, too.
      every: index === 0 ? '30s' : null,
    })
    .returning({ id: conferences.id });
  if (!row) throw new Error('The conference was not added.');
  return { id: row.id, slug, upstream };
}
