import { LRUCache } from 'lru-cache';
import type { Tagged } from './etag.ts';

/**
 * Keeps the answers that were made last. `forceFetch(key, { context: make })` gives the kept one, waits for one that is
 * just being made, or makes it; a failure is not kept.
 */
export function keptAnswers(keptBytes: number) {
  return new LRUCache<string, Tagged, () => Promise<Tagged>>({
    maxSize: keptBytes,
    sizeCalculation: ({ body }) => body.length,
    fetchMethod: (_key, _stale, { context: make }) => make(),
    ignoreFetchAbort: true,
  });
}
