/**
 * The transactions that a feed looks at, grouped: those of one run belong together, since its steps write one thing in
 * several transactions (a new talk first, its place later). Everything else is a group of its own.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { endOfMillisecond } from '../../moment.ts';
import type { ChangesOptions } from './change.ts';

export interface Group {
  /** The ids of its transactions, and the first and last of them. */
  transactions: number[];
  first: number;
  last: number;
  at: Date;
  run: string | null;
  actor: string | null;
}

/**
 * The condition that a transaction `t` is looked at: of this conference, or made by hand over several, in the range.
 * Times count by their millisecond, as the feed tells them: later than the last change that was told is no change that
 * was told.
 */
export function inRange(conferenceId: number, options: ChangesOptions): SQL {
  const { since, from, to, afterTransaction, upToTransaction, run } = options;
  const start = (value: Date) => sql`${value.toISOString()}::timestamptz`;
  const end = (value: Date) => sql`${endOfMillisecond(value)}::timestamptz`;
  return sql.join(
    [
      sql`(t.conference_id = ${conferenceId} or t.conference_id is null)`,
      ...(since ? [sql`t.issued_at > ${end(since)}`] : []),
      ...(from ? [sql`t.issued_at >= ${start(from)}`] : []),
      ...(to ? [sql`t.issued_at <= ${end(to)}`] : []),
      ...(afterTransaction === undefined ? [] : [sql`t.id > ${afterTransaction}`]),
      ...(upToTransaction === undefined ? [] : [sql`t.id <= ${upToTransaction}`]),
      ...(run ? [sql`t.run_id = ${run}`] : []),
    ],
    sql` and `,
  );
}

/** The groups in range, oldest first. */
export async function groupsIn(
  executor: Executor,
  conferenceId: number,
  options: ChangesOptions,
): Promise<Group[]> {
  const rows = await executor.execute<{
    transactions: number[];
    first: number;
    last: number;
    at: string;
    run: string | null;
    actor: string | null;
  }>(sql`
    select json_agg(t.id) as transactions, min(t.id) as first, max(t.id) as last, max(t.issued_at) as at, t.run_id as run, max(t.actor) as actor
      from greenroom.transactions t
     where ${inRange(conferenceId, options)}
     group by t.run_id, case when t.run_id is null then t.id end
     order by max(t.issued_at), max(t.id)`);
  return rows.map((row) => ({ ...row, at: new Date(row.at) }));
}
