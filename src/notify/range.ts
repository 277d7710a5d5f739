/** Which transactions of a conference are to be told next. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';

export interface Range {
  slug: string;
  /** Transactions with ids greater than `after`, up to and with `upTo`. */
  after: number;
  upTo: number;
}

/** Conferences that send messages and have transactions that were not told yet. */
export async function conferencesBehind(db: Executor): Promise<{ id: number; slug: string }[]> {
  const rows = await db.execute<{ id: number; slug: string }>(sql`
    select c.id, c.slug from greenroom.conferences c
     where c.notify_url is not null
       and (exists (select from greenroom.transactions t
                     where t.conference_id = c.id and t.id > c.notified_transaction_id)
         or exists (select from greenroom.transactions t
                     where t.conference_id is null and t.id > c.notified_transaction_id))`);
  return Array.from(rows);
}

/**
 * What is to be told. A run's transactions are told together: nothing of one that goes on, and of what came after its
 * first. An approved one that waits for the end of a pause is not waited for, since that may take weeks. Seen in one
 * statement, so that no run ends in between.
 */
export async function rangeToTell(db: Executor, conferenceId: number): Promise<Range | undefined> {
  const [row] = await db.execute<{
    slug: string;
    after: number;
    newest: number | null;
    unfinished: number | null;
  }>(sql`
    select c.slug, c.notified_transaction_id as after,
      greatest((select max(t.id) from greenroom.transactions t where t.conference_id = c.id),
               (select max(t.id) from greenroom.transactions t where t.conference_id is null)) as newest,
      (select min(t.id) from greenroom.transactions t join greenroom.sync_runs r on r.id = t.run_id
        where r.conference_id = c.id and (r.state = 'running' or r.state = 'queued' and c.paused_at is null)
          and t.id > c.notified_transaction_id) as unfinished
      from greenroom.conferences c where c.id = ${conferenceId} and c.notify_url is not null`);
  if (!row || row.newest === null) return undefined;
  const { slug, after, newest, unfinished } = row;
  const upTo = unfinished === null ? newest : Math.min(newest, unfinished - 1);
  return upTo > after ? { slug, after, upTo } : undefined;
}
