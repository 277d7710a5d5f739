/** Gives talks the room and times of their slot, or of their type's default, or takes away what they had. */
import { eq, type SQL, sql } from 'drizzle-orm';
import type { Executor, Tx } from '../../db/client.ts';
import { rooms, talks } from '../../db/schema/index.ts';
import type { Recorder } from '../../history/record.ts';
import type { ReadPage } from '../../pretalx/reading.ts';
import type { WireSlot } from '../../pretalx/wire.ts';
import { slotTimes } from '../../programme/slots.ts';

/** What talks of a type without a slot get; times are instants. */
export interface TypeDefault {
  submissionType: string;
  roomId: number | null;
  startAt: Date | null;
  endAt: Date | null;
}

/**
 * One statement for all talks: the first visible slot, else the first hidden one, else the default of its type.
 *
 * @param defaults undefined leaves what defaults gave as it is, except where a slot says otherwise
 * @returns how many talks a default places now
 */
export async function placeTalks(
  tx: Tx,
  history: Recorder,
  conferenceId: number,
  defaults: readonly TypeDefault[] | undefined,
): Promise<number> {
  const placed = await tx.execute<{ id: number }>(placement(conferenceId, defaults));
  history.updated(
    talks,
    placed.map((row) => [row.id]),
  );
  if (defaults?.length === 0) return 0;
  const [count] = await tx.execute<{ n: number }>(sql`
    select count(*)::int as n from greenroom.talks
     where conference_id = ${conferenceId} and removed_at is null and placed_by = 'default'`);
  return count?.n ?? 0;
}

/** The statement that `placeTalks` runs; gives back the id of each talk that it changes. */
export function placement(conferenceId: number, defaults: readonly TypeDefault[] | undefined): SQL {
  const fallback = fallbackOf(defaults);
  // A full join can only be hashed or merged, so that no statistics are needed for a good plan: tables that were just
  // filled have none, and joining all slots to all talks row by row takes seconds. "coalesce" keeps it one: PostgreSQL
  // would make a left join of it otherwise. Only what differs is joined again.
  return sql`
    with moved as materialized (
      select t.id, place.*
        from (select id, conference_id, submission_type, room_id, slot_start, slot_end, placed_by from greenroom.talks
               where conference_id = ${conferenceId} and removed_at is null) t
        full join (
          select distinct on (talk_id) talk_id, room_id, start_at, end_at from greenroom.schedule_slots
           where conference_id = ${conferenceId} and talk_id is not null
           order by talk_id, is_visible desc, start_at, slot_key) s on s.talk_id = t.id
        ${fallback.source}
       cross join lateral (
          select coalesce(s.room_id, ${fallback.room}) as room_id,
                 case when s.start_at is null then ${fallback.start} else s.start_at end as slot_start,
                 case when s.start_at is null then ${fallback.end} else s.end_at end as slot_end,
                 case when s.start_at is not null then 'schedule'
                      when coalesce(${fallback.room}::text, ${fallback.start}::text) is not null then 'default' end as placed_by) place
       where coalesce(t.id, 0) <> 0
         and (t.room_id, t.slot_start, t.slot_end, t.placed_by)
             is distinct from (place.room_id, place.slot_start, place.slot_end, place.placed_by))
    update greenroom.talks t
       set room_id = m.room_id, slot_start = m.slot_start, slot_end = m.slot_end, placed_by = m.placed_by, changed_at = now()
      from moved m where m.id = t.id
    returning t.id`;
}

interface Fallback {
  source: SQL;
  room: SQL;
  start: SQL;
  end: SQL;
}

/** Where a talk without a slot is held, and in which room one whose slot has none. */
function fallbackOf(defaults: readonly TypeDefault[] | undefined): Fallback {
  if (defaults === undefined) {
    return {
      source: sql``,
      room: sql`case when t.placed_by = 'default' or (s.start_at is not null and exists (
                       select from greenroom.submission_type_defaults d
                        where d.conference_id = t.conference_id and d.default_room_id = t.room_id
                          and lower(d.submission_type) = lower(t.submission_type))) then t.room_id end`,
      start: sql`case when t.placed_by = 'default' then t.slot_start end`,
      end: sql`case when t.placed_by = 'default' then t.slot_end end`,
    };
  }
  if (defaults.length === 0) {
    return {
      source: sql``,
      room: sql`null::bigint`,
      start: sql`null::timestamptz`,
      end: sql`null::timestamptz`,
    };
  }
  return {
    source: sql`left join json_to_recordset(${JSON.stringify(defaults)}::json)
                  as d("submissionType" text, "roomId" bigint, "startAt" timestamptz, "endAt" timestamptz)
                  on lower(d."submissionType") = lower(t.submission_type)`,
    room: sql`d."roomId"`,
    start: sql`d."startAt"`,
    end: sql`d."endAt"`,
  };
}

/** What a talk's row says of its place. */
export interface TalkPlacement {
  roomId: number | null;
  slotStart: string | null;
  slotEnd: string | null;
  placedBy: 'schedule' | null;
}

/**
 * For a first sync only: where talks will be held, by code, so that they are written once and not again by the
 * statement above. The guard can't hold slots that don't exist yet; what this should get wrong the statement mends.
 *
 * @returns undefined when the mirror has talks already, whose places are the last step's business
 */
export async function firstPlacements(
  executor: Executor,
  conferenceId: number,
  pages: readonly ReadPage<WireSlot>[],
): Promise<Map<string, TalkPlacement> | undefined> {
  if ((await executor.$count(talks, eq(talks.conferenceId, conferenceId))) > 0) return undefined;
  const roomRows = await executor
    .select({ id: rooms.id, pretalxId: rooms.pretalxId })
    .from(rooms)
    .where(eq(rooms.conferenceId, conferenceId));
  const roomIds = new Map(roomRows.map((room) => [room.pretalxId, room.id]));
  const placements = new Map<string, TalkPlacement>();
  for (const slot of pages.flatMap((page) => page.items())) {
    if (slot.submission === null || slot.is_visible === false || placements.has(slot.submission)) continue;
    const times = slotTimes(slot);
    if (times === null) continue;
    placements.set(slot.submission, {
      roomId: roomIds.get(slot.room ?? -1) ?? null,
      slotStart: new Date(times.startMs).toISOString(),
      slotEnd: new Date(times.endMs).toISOString(),
      placedBy: 'schedule',
    });
  }
  return placements;
}
