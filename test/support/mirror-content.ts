/** What a mirror holds, to compare it with another one or with itself at another moment. */
import { sql } from 'drizzle-orm';
import type { MirrorOfAny } from './mirror.ts';
import { mirroredTables, versionTables } from './mirrored-tables.ts';

export async function visibleSlots(m: MirrorOfAny): Promise<number> {
  const [row] = await m.db.execute<{ n: number }>(
    sql`select count(*)::int as n from greenroom.schedule_slots where is_visible`,
  );
  return row?.n ?? -1;
}

/** What a mirror holds, without our own ids and times; slots without the keys that tell their past. */
export async function content(m: MirrorOfAny) {
  const query = (text: string) => m.db.execute(sql.raw(text)).then((rows) => Array.from(rows));
  return {
    rooms: await query(
      `select pretalx_id, name, name_i18n, description, capacity, position, guid from greenroom.rooms where removed_at is null order by 1`,
    ),
    speakers: await query(
      `select pretalx_code, name, biography, avatar_url, email from greenroom.speakers where removed_at is null order by 1`,
    ),
    talks:
      await query(`select t.pretalx_code, title, abstract, t.description, submission_type, track, tags, duration, state, r.pretalx_id as room, slot_start, slot_end, placed_by,
        (select array_agg(s.pretalx_code order by l.position) from greenroom.talk_speakers l join greenroom.speakers s on s.id = l.speaker_id where l.talk_id = t.id) as speakers
      from greenroom.talks t left join greenroom.rooms r on r.id = t.room_id where t.removed_at is null order by 1`),
    slots:
      await query(`select submission_code, r.pretalx_id as room, s.title, start_at, end_at, slot_type, is_visible, t.pretalx_code as talk
      from greenroom.schedule_slots s left join greenroom.rooms r on r.id = s.room_id left join greenroom.talks t on t.id = s.talk_id order by start_at, 2, 1`),
    activities:
      await query(`select submission_type, activity_type, a.name, slug, a.description, start_at, end_at, r.pretalx_id as room,
        (select array_agg(t.pretalx_code order by t.pretalx_code) from greenroom.activity_talks l join greenroom.talks t on t.id = l.talk_id where l.activity_id = a.id) as talks
      from greenroom.activities a left join greenroom.rooms r on r.id = a.room_id order by 1`),
    tags: await query(
      `select pretalx_id, name, color from greenroom.tags where removed_at is null order by 1`,
    ),
  };
}

/** The system column that changes with every write of a row, of all mirrored and version tables. */
export async function rowVersions(m: MirrorOfAny) {
  const versions: Record<string, unknown> = {};
  for (const table of [...mirroredTables, ...versionTables, 'transactions', 'conferences']) {
    versions[table] = await m.db
      .execute(sql.raw(`select ctid::text, xmin::text from greenroom.${table} order by 1`))
      .then((rows) => Array.from(rows));
  }
  return versions;
}
