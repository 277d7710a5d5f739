/** Ids of transactions are given before they are committed: a greater one may be seen before a smaller one. */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';

const pauseMs = 50;
const longestMs = 2_000;

/**
 * Waits until everybody has ended who is writing history at this moment. After that no transaction appears whose id is
 * smaller than one that could be seen before.
 *
 * @returns false when somebody takes longer than two seconds
 */
export async function writersEnded(db: Executor): Promise<boolean> {
  const before = await writers(db);
  const giveUpAt = performance.now() + longestMs;
  let still = before;
  while (still.size > 0 && performance.now() < giveUpAt) {
    await sleep(pauseMs);
    const now = await writers(db);
    still = new Set([...before].filter((writer) => now.has(writer)));
  }
  return still.size === 0;
}

/** The database transactions that have written into `transactions` and are not over. */
async function writers(db: Executor): Promise<Set<string>> {
  const rows = await db.execute<{ writer: string }>(sql`
    select virtualtransaction as writer from pg_locks
     where locktype = 'relation' and mode = 'RowExclusiveLock' and granted
       and database = (select oid from pg_database where datname = current_database())
       and relation = 'greenroom.transactions'::regclass and pid <> pg_backend_pid()`);
  return new Set(rows.map((row) => row.writer));
}
