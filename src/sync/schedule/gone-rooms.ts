/** What is said and done about rooms that are gone upstream, besides removing them. */
import { sql } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { submissionTypeDefaults } from '../../db/schema/index.ts';
import type { Recorder } from '../../history/record.ts';
import type { Removal } from '../steps.ts';
import { amongKeys } from './removals.ts';

/**
 * Takes rooms that are gone out of the type defaults, before talks are placed.
 *
 * @returns a warning for each default that lost its room
 */
export async function forgetDefaultRooms(
  tx: Tx,
  history: Recorder,
  conferenceId: number,
  gone: Removal[] = [],
): Promise<string[]> {
  if (gone.length === 0) return [];
  const changed = await tx.execute<{ submission_type: string; name: string }>(sql`
    update greenroom.submission_type_defaults d set default_room_id = null
      from greenroom.rooms r
     where r.id = d.default_room_id and d.conference_id = ${conferenceId}
       and r.pretalx_id::text = ${amongKeys(gone)}
    returning d.submission_type, r.name`);
  history.updated(
    submissionTypeDefaults,
    changed.map((row) => [conferenceId, row.submission_type]),
  );
  return changed.map(
    (row) =>
      `The default room "${row.name}" of type "${row.submission_type}" is gone upstream; the default has no room now.`,
  );
}

/**
 * Looks for rooms that are gone and that a slot is still in, in a run that knows the schedule: upstream contradicts
 * itself.
 *
 * @returns a warning for each
 */
export async function roomsStillNamed(tx: Tx, conferenceId: number, gone: Removal[] = []): Promise<string[]> {
  if (gone.length === 0) return [];
  const rows = await tx.execute<{ name: string; key: string }>(sql`
    select name, pretalx_id::text as key from greenroom.rooms r
     where conference_id = ${conferenceId} and r.pretalx_id::text = ${amongKeys(gone)}
       and exists (select from greenroom.schedule_slots s where (s.conference_id, s.room_id) = (r.conference_id, r.id))
     order by pretalx_id`);
  return rows.map(
    ({ name, key }) =>
      `Room "${name}" (${key}) is gone upstream, but the release still names it; it stays until nothing does.`,
  );
}
