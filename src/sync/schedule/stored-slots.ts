/** What the mirror knows of slots, and of the rooms and talks that they name; plain statements, since there are many. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import type { SlotIdentity } from '../../programme/slot-keys.ts';

export interface StoredSlot extends Record<string, unknown> {
  id: number;
  slotKey: string;
  contentHash: string;
  isVisible: boolean;
}

/** All slots of the conference, by what it takes to see whether one stays as it is. */
export async function loadStored(executor: Executor, conferenceId: number): Promise<StoredSlot[]> {
  return Array.from(
    await executor.execute<StoredSlot>(sql`
      select id, slot_key as "slotKey", content_hash as "contentHash", is_visible as "isVisible"
        from greenroom.schedule_slots where conference_id = ${conferenceId}`),
  );
}

type KeyedIdentity = SlotIdentity & { slotKey: string };

/** Who these slots are: everything that a key is matched by. Rooms are named by their pretalx id. */
export async function loadIdentities(
  executor: Executor,
  conferenceId: number,
  slots: readonly StoredSlot[],
): Promise<KeyedIdentity[]> {
  if (slots.length === 0) return [];
  return Array.from(
    await executor.execute<KeyedIdentity & Record<string, unknown>>(sql`
      select s.slot_key as "slotKey", s.submission_code as "submissionCode", r.pretalx_id as "roomId", s.title,
             (extract(epoch from s.start_at) * 1000)::float8 as "startMs", (extract(epoch from s.end_at) * 1000)::float8 as "endMs",
             s.title_i18n as "titleI18n", s.slot_type as "slotType"
        from greenroom.schedule_slots s left join greenroom.rooms r on r.id = s.room_id
       where s.conference_id = ${conferenceId} and s.id = any(${sql.param(slots.map((slot) => slot.id))}::bigint[])`),
  );
}

/** Our ids and titles of live talks by code, without those that go in this run, and ids and names of rooms by pretalx id; removed rooms have a name but no id. */
export async function loadNames(executor: Executor, conferenceId: number, talksGone: ReadonlySet<string>) {
  const [rooms, talks] = await Promise.all([
    executor.execute<{ pretalxId: number; id: number | null; name: string }>(sql`
      select pretalx_id as "pretalxId", case when removed_at is null then id end as id, name
        from greenroom.rooms where conference_id = ${conferenceId} order by id`),
    executor.execute<{ code: string; id: number; title: string }>(sql`
      select pretalx_code as code, id, title from greenroom.talks
       where conference_id = ${conferenceId} and removed_at is null order by id`),
  ]);
  const staying = talks.filter((talk) => !talksGone.has(talk.code));
  return {
    roomIds: new Map(rooms.map((room) => [room.pretalxId, room.id])),
    roomNames: new Map(rooms.map((room) => [room.pretalxId, room.name])),
    talkIds: new Map(staying.map((talk) => [talk.code, talk.id])),
    talkTitles: new Map(staying.map((talk) => [talk.code, talk.title])),
  };
}
