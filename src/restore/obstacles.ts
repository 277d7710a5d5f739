/** What stands in the way of a restore. */
import { sql } from 'drizzle-orm';
import { findConference } from '../conferences/conferences.ts';
import type { Tx } from '../db/client.ts';
import { UsageError, WrongStateError } from '../errors.ts';
import { requireNotPurged } from '../history/purged.ts';
import type { ConferenceRow } from '../sync/context.ts';

/**
 * The conference as it is now, when its history reaches to that time.
 *
 * @throws UsageError when it doesn't, or the time is still to come
 */
export async function requireHistory(
  tx: Tx,
  { id, slug }: ConferenceRow,
  asOf: Date,
): Promise<ConferenceRow> {
  const conference = await findConference(tx, slug);
  requireNotPurged(conference, asOf);
  if (asOf.getTime() > Date.now()) throw new UsageError(`${asOf.toISOString()} is still to come.`);
  const [first] = await tx.execute<{ at: string | null }>(sql`
    select min(issued_at) as at from greenroom.transactions where conference_id = ${id}`);
  const begins = first?.at ? new Date(first.at) : undefined;
  if (begins && begins <= asOf) return conference;
  const since = begins ? `It begins at ${begins.toISOString()}.` : 'It has none yet.';
  throw new UsageError(`Conference "${slug}" has no history of ${asOf.toISOString()}. ${since}`);
}

/** @throws WrongStateError while a sync of the conference runs */
export async function requireNoRun(tx: Tx, { id, slug }: ConferenceRow): Promise<void> {
  const [running] = await tx.execute<{ id: string }>(sql`
    select id from greenroom.sync_runs where conference_id = ${id} and state = 'running'`);
  if (!running) return;
  throw new WrongStateError(
    `Run ${running.id} of "${slug}" is running and would write over what is restored. Pause the conference, wait for its end, and try again.`,
  );
}
