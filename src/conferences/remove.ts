import { sql } from 'drizzle-orm';
import type { Database } from '../db/client.ts';
import { withTransaction } from '../history/record.ts';
import { findConference } from './conferences.ts';

/** Tables with a `conference_id`, in the order in which their rows can go: what points at others first. */
const owned = [
  'activities',
  'schedule_slots',
  'talks',
  'submission_type_defaults',
  'overrides',
  'speakers',
  'rooms',
  'submission_types',
  'tracks',
  'tags',
];
const links = [
  { table: 'activity_talks', key: 'activity_id', parent: 'activities' },
  { table: 'talk_speakers', key: 'talk_id', parent: 'talks' },
];

/**
 * Deletes a conference with all that it owns, its history included, in one transaction that writes none.
 *
 * @throws NotFoundError
 */
export async function removeConference(database: Database, slug: string): Promise<void> {
  const { id } = await findConference(database.orm, slug);
  // In turn with what writes the mirror: a step of it that waited for its turn finds its run gone.
  await withTransaction(database, { actor: null, conferenceId: id }, async (tx) => {
    const purge = (table: string) =>
      tx.execute(sql`delete from greenroom.${sql.identifier(table)} where conference_id = ${id}`);
    await tx.execute(sql`select 1 from greenroom.conferences where id = ${id} for update`);
    for (const table of owned) await purge(table);
    for (const { table, key, parent } of links) {
      await tx.execute(sql`
        delete from greenroom.${sql.identifier(`${table}_versions`)}
         where ${sql.identifier(key)} in
               (select id from greenroom.${sql.identifier(`${parent}_versions`)} where conference_id = ${id})`);
    }
    for (const table of owned) await purge(`${table}_versions`);
    await tx.execute(sql`delete from greenroom.conferences where id = ${id}`);
  });
}
