/** What tells whether the changes of a conference are those of before, and how far back they can be told at once. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import type { ChangesOptions } from './change.ts';
import { inRange } from './groups.ts';

/** A text that is another one after each transaction and each purge. Some milliseconds at 10,000 transactions. */
export async function historyStateOf(executor: Executor, conferenceId: number): Promise<string> {
  // How many they are too: one that began earlier can be the last to be there.
  const [row] = await executor.execute<{ state: string }>(sql`
    select concat_ws(' ', count(t.id), max(t.id), max(c.history_purged_before)) as state
      from greenroom.conferences c left join greenroom.transactions t on ${inRange(conferenceId, {})}
     where c.id = ${conferenceId}`);
  return row?.state ?? '';
}

/**
 * Where the newest transactions of a range begin.
 *
 * @param most so many of them; a few more when they are of the same millisecond
 * @returns undefined when the range has no more than that
 */
export async function beginningOfNewest(
  executor: Executor,
  conferenceId: number,
  options: ChangesOptions,
  most: number,
): Promise<Date | undefined> {
  const [oldest, earlier] = await executor.execute<{ at: string }>(sql`
    select t.issued_at as at from greenroom.transactions t where ${inRange(conferenceId, options)}
     order by t.issued_at desc, t.id desc offset ${most - 1} limit 2`);
  return oldest && earlier && new Date(oldest.at);
}
