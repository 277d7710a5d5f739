import type { BackendClasses, IQueueBackend } from 'bullmq';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import type { Logger } from '../log.ts';
import { openPostgresBackend } from './postgres-backend.ts';
import { openRedisBackend } from './redis-backend.ts';

/** Where BullMQ keeps its jobs: Redis, or PostgreSQL beside the mirror. All that differs between them is behind this. */
export interface Backend {
  readonly kind: 'redis' | 'postgres';
  /** BullMQ's classes, bound to this backend. */
  readonly classes: BackendClasses<IQueueBackend, unknown>;
  /** For the classes' `connection` option: shared, closed by `close` only. */
  readonly connection: unknown;
  /** Before all keys; for Redis only. */
  readonly prefix: string | undefined;
  /** False while the connection is known to be lost. */
  isUp(): boolean;
  /** Asks the server something. @throws QueueUnavailableError when it does not answer in time. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the backend that the settings name: Redis with `REDIS_URL`, else PostgreSQL.
 *
 * @throws QueueUnavailableError when PostgreSQL's can't be prepared. Redis may be away: it is connected when it is back.
 */
export function openBackend(config: Config, database: Database, log: Logger): Promise<Backend> {
  return config.redisUrl
    ? openRedisBackend(config.redisUrl, database, log)
    : openPostgresBackend(database.url, log);
}
