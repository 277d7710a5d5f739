import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import type { Logger } from '../log.ts';
import type { Backend } from './backend.ts';
import { openPostgresBackend } from './postgres-backend.ts';
import { openRedisBackend } from './redis-backend.ts';

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
