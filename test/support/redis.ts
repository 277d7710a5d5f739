/** Redis for tests: one server for the whole run, a numbered database for every file. */
import { inject } from 'vitest';
import { redisDatabases } from './servers.ts';

/** Whether this test run has a Redis. */
export const redisIsThere = (): boolean => inject('redisUrl') !== undefined;

/**
 * The URL of a Redis database that no other test file uses at the same time.
 *
 * @throws Error when this test run has no Redis; see `redisIsThere`
 */
export function createTestRedisUrl(): string {
  const url = inject('redisUrl');
  if (url === undefined) throw new Error('This test run has no Redis.');
  return `${url}/${1 + Math.floor(Math.random() * (redisDatabases - 1))}`;
}
