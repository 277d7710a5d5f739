/** The queue's backends that this machine has: suites about the queue run on each of them. */
import { createTestRedisUrl, redisIsThere } from './redis.ts';

export interface Backend {
  name: 'PostgreSQL' | 'Redis';
  /** What REDIS_URL is for it: undefined means the queue is in PostgreSQL. A new database with every call. */
  redisUrl(): string | undefined;
}

/** For `describe.each(backends)('… on $name', ({ redisUrl }) => …)`. */
export const backends: Backend[] = [
  { name: 'PostgreSQL', redisUrl: () => undefined },
  ...(redisIsThere() ? [{ name: 'Redis' as const, redisUrl: createTestRedisUrl }] : []),
];
