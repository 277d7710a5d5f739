import { LRUCache } from 'lru-cache';
import type { Tagged } from './etag.ts';

/** What an answer takes besides its body and key: "nothing changed since then" is two bytes, and each asker's own. */
const besidesBytes = 512;

/**
 * Keeps the answers that were made last. `forceFetch(key, { context: make })` gives the kept one, waits for one that is
 * just being made, or makes it; a failure is not kept.
 */
export function keptAnswers(keptBytes: number) {
  return new LRUCache<string, Tagged, () => Promise<Tagged>>({
    maxSize: keptBytes,
    sizeCalculation: ({ body }, key) => body.length + key.length + besidesBytes,
    fetchMethod: (_key, _stale, { context: make }) => make(),
    ignoreFetchAbort: true,
  });
}
