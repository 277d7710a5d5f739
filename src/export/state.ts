/** Tells whether an export would be the same as before, without making it. */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';

const ofConference = ['rooms', 'tracks', 'tags', 'speakers', 'talks', 'schedule_slots', 'overrides'];

/**
 * What today's exports of a conference are made of, as a text that is another one after any change, also one by hand in
 * SQL: how many rows there are, and the sum of the transactions that wrote them. Some milliseconds at 5,000 talks.
 */
export async function stateOf(executor: Executor, conferenceId: number): Promise<string> {
  const rowsOf = ofConference.map(
    (name) =>
      sql`(${written(sql`greenroom.${sql.identifier(name)} t`)} where t.conference_id = ${conferenceId})`,
  );
  const [row] = await executor.execute<{ state: string }>(sql`
    select concat_ws(' ', c.xmin, ${sql.join(rowsOf, sql`, `)},
      (${written(sql`greenroom.talk_speakers t`)} join greenroom.talks k on k.id = t.talk_id
        where k.conference_id = ${conferenceId})) as state
      from greenroom.conferences c where c.id = ${conferenceId}`);
  return row?.state ?? '';
}

const written = (rows: SQL) => sql`select concat(count(*), ':', sum(t.xmin::text::int8)) from ${rows}`;
