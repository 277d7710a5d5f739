/** Which past is known no more: a time from before a purge has rows missing, so nothing is told or put back from it. */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import type { ConferenceRow } from '../db/schema/index.ts';
import { UsageError } from '../errors.ts';

type Purged = Pick<ConferenceRow, 'historyPurgedBefore'>;

/** From when on all is known of a conference, when that is later than `at`; else undefined. */
export function purgedUntil({ historyPurgedBefore }: Purged, at: Date): Date | undefined {
  return historyPurgedBefore && at < historyPurgedBefore ? historyPurgedBefore : undefined;
}

/**
 * Refuses a time from before what `history purge` has kept.
 *
 * @throws UsageError naming the time from which on the history is whole
 */
export function requireNotPurged(conference: Purged & { slug: string }, asOf: Date): void {
  const until = purgedUntil(conference, asOf);
  if (until === undefined) return;
  throw new UsageError(
    `What "${conference.slug}" was at ${asOf.toISOString()} is not known any more: its history was purged up to ${until.toISOString()}. Take that time, or a later one.`,
  );
}

/**
 * Keeps in mind how far conferences are purged, before it is done. Only of conferences that lose something by it.
 *
 * @param loses whether the conference `c` has versions in one table that are about to go
 */
export async function notePurge(
  executor: Executor,
  { before, conferenceId }: { before: Date; conferenceId?: number | undefined },
  loses: SQL,
): Promise<void> {
  const until = sql`${before.toISOString()}::timestamptz`;
  await executor.execute(sql`
    update greenroom.conferences c set history_purged_before = ${until}
     where (c.history_purged_before is null or c.history_purged_before < ${until})
       and ${conferenceId === undefined ? sql`true` : sql`c.id = ${conferenceId}`} and ${loses}`);
}
