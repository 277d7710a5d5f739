/** Conferences have no versions; which release the mirror showed when is noted beside them. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { endOfMillisecond } from '../moment.ts';

/** The version of the release that the mirror showed then; null before the first. */
export async function releasedVersionAt(
  executor: Executor,
  conferenceId: number,
  asOf: Date,
): Promise<string | null> {
  const [row] = await executor.execute<{ version: string | null }>(sql`
    select version from greenroom.releases
     where conference_id = ${conferenceId} and since <= ${endOfMillisecond(asOf)}::timestamptz
     order by since desc limit 1`);
  return row?.version ?? null;
}
