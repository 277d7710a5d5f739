/** What upstream says now about the fields that can be overridden: an override's base value, and what it is held against. */
import { type SQL, sql } from 'drizzle-orm';
import type { OverrideEntity } from '../db/schema/index.ts';
import { cancelledStatesSql } from '../programme/cancelled.ts';

const utc = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

/** One select an entity: conference_id, key, `fields` (a jsonb object). Rows that upstream removed are not in it. */
const selects: Record<OverrideEntity, SQL> = {
  talk: sql.raw(`
    select t.conference_id, t.pretalx_code as key, jsonb_build_object(
             'title', t.title, 'abstract', t.abstract, 'description', t.description, 'state', t.state,
             'room', r.pretalx_id, 'slot_start', ${utc('t.slot_start')}, 'slot_end', ${utc('t.slot_end')},
             'track', t.track, 'tags', t.tags, 'is_cancelled', t.state in ${cancelledStatesSql}) as fields
      from greenroom.talks t left join greenroom.rooms r on r.id = t.room_id
     where t.removed_at is null`),
  speaker: sql.raw(`
    select conference_id, pretalx_code as key, jsonb_build_object(
             'name', name, 'biography', biography, 'avatar_url', avatar_url, 'email', email) as fields
      from greenroom.speakers where removed_at is null`),
  room: sql.raw(`
    select conference_id, pretalx_id::text as key, jsonb_build_object(
             'name', name, 'description', description, 'capacity', capacity) as fields
      from greenroom.rooms where removed_at is null`),
  slot: sql.raw(`
    select s.conference_id, s.slot_key as key, jsonb_build_object(
             'title', s.title, 'room', r.pretalx_id,
             'start_at', ${utc('s.start_at')}, 'end_at', ${utc('s.end_at')}) as fields
      from greenroom.schedule_slots s left join greenroom.rooms r on r.id = s.room_id
     where s.is_visible`),
};

/** A select of conference_id, key and `fields` (jsonb) of one entity. */
export function upstreamValues(entity: OverrideEntity): SQL {
  return selects[entity];
}

/** The same of all entities, with a column `entity`. */
export function allUpstreamValues(): SQL {
  const parts = Object.entries(selects).map(
    ([entity, select]) => sql`select ${entity}::text as entity, u.* from (${select}) u`,
  );
  return sql.join(parts, sql` union all `);
}
