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

/** More transactions than a run writes, with what people do meanwhile. */
const nearby = 50;

/**
 * Where the newest transactions of a range begin. A run is not cut in two: of a new talk, one part would tell that it is
 * new and the other that it was moved.
 *
 * @param most so many of them; a few more when they are of one run or of the same millisecond
 * @returns undefined when the range has no more than that
 */
export async function beginningOfNewest(
  executor: Executor,
  conferenceId: number,
  options: ChangesOptions,
  most: number,
): Promise<Date | undefined> {
  const skipped = Math.max(0, most - nearby);
  const around = await executor.execute<{ at: string; run: string | null }>(sql`
    select t.issued_at as at, t.run_id as run from greenroom.transactions t where ${inRange(conferenceId, options)}
     order by t.issued_at desc, t.id desc offset ${skipped} limit ${most - skipped + nearby}`);
  const newest = around.slice(0, most - skipped);
  const earlier = around.slice(newest.length);
  const runs = new Set(newest.flatMap(({ run }) => run ?? []));
  const beginning = earlier.findLast(({ run }) => run !== null && runs.has(run)) ?? newest.at(-1);
  const isAll = earlier.length === 0 || (earlier.length < nearby && beginning === earlier.at(-1));
  return isAll || !beginning ? undefined : new Date(beginning.at);
}
