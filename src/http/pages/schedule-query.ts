import { sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import type { SlotType } from '../../db/schema/index.ts';

/** A visible slot with what a timetable says about it. Times are milliseconds since 1970. */
export interface TimetableSlot {
  key: string;
  title: string;
  type: SlotType;
  startMs: number;
  endMs: number;
  roomId: number | null;
  isCancelled: boolean;
  speakers: string[];
  track: string | null;
  trackColor: string | null;
  language: string | null;
}

export interface TimetableRoom {
  id: number;
  name: string;
}

/** The timetable as everybody may see it, in the order of time; rooms in their own order. */
export async function readTimetable(
  db: Executor,
  conferenceId: number,
): Promise<{ rooms: TimetableRoom[]; slots: TimetableSlot[] }> {
  const [rooms, slots] = await Promise.all([
    db.execute<{ id: string; name: string }>(sql`
      select id, name from greenroom.effective_rooms where conference_id = ${conferenceId}
       order by position nulls last, pretalx_id`),
    db.execute<Record<string, unknown>>(sql`
      select s.slot_key, s.title, s.slot_type, s.room_id, s.is_cancelled, t.track, k.color, t.content_locale,
             extract(epoch from s.start_at)::float8 * 1000 as start_ms,
             extract(epoch from s.end_at)::float8 * 1000 as end_ms,
             array(select p.name from greenroom.talk_speakers ts
                     join greenroom.effective_speakers p on p.id = ts.speaker_id
                    where ts.talk_id = s.talk_id order by ts.position) as speakers
        from greenroom.effective_slots s
        left join greenroom.effective_talks t on t.id = s.talk_id
        left join greenroom.tracks k on k.id = t.track_id
       where s.conference_id = ${conferenceId}
       order by s.start_at, s.end_at, s.slot_key`),
  ]);
  return {
    rooms: rooms.map(({ id, name }) => ({ id: Number(id), name })),
    slots: slots.map((row) => ({
      key: String(row.slot_key),
      title: String(row.title),
      type: row.slot_type as SlotType,
      startMs: Number(row.start_ms),
      endMs: Number(row.end_ms),
      roomId: row.room_id === null ? null : Number(row.room_id),
      isCancelled: Boolean(row.is_cancelled),
      speakers: row.speakers as string[],
      track: row.track as string | null,
      trackColor: row.color as string | null,
      language: row.content_locale as string | null,
    })),
  };
}
