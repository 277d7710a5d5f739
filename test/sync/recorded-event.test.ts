import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterEach, describe, expect, test } from 'vitest';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

const facts = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/democon/facts.json'), 'utf8'),
);
const moments = ['0-unreleased', '1-v1.0', '2-wip', '3-v1.1', '4-v1.2', '5-v2.0'];

let mirror: Mirror;
afterEach(() => mirror.close());

function expected(moment: string) {
  const { counts } = facts.steps[moment];
  const released = counts.released;
  return {
    rooms: counts.rooms,
    speakers: counts.speakers_with_any_submission,
    schedule_slots: released ? released.slots - released.unscheduled : 0,
    visible: released ? released.visible : 0,
    unscheduled: released
      ? released.unscheduled
      : counts.submissions_by_state.accepted + counts.submissions_by_state.confirmed,
  };
}

async function visibleSlots(m: Mirror): Promise<number> {
  const [row] = await m.db.execute<{ n: number }>(
    sql`select count(*)::int as n from greenroom.schedule_slots where is_visible`,
  );
  return row?.n ?? -1;
}

describe('the recorded event', () => {
  test.each(moments)('is mirrored whole at %s, into an empty database', async (moment) => {
    mirror = await mirrorOf({ step: moment });
    const result = await mirror.sync();
    const want = expected(moment);
    expect(result).toMatchObject({
      rooms: want.rooms,
      speakers: want.speakers,
      schedule_slots: want.schedule_slots,
      unscheduled_talks: want.unscheduled,
      warnings: [],
    });
    expect(await visibleSlots(mirror)).toBe(want.visible);
    expect(result.changes.talks).toEqual({ added: result.talks, changed: 0, removed: 0, unchanged: 0 });
  });

  test('is followed through all its moments; each mirror equals one made from nothing', async () => {
    mirror = await mirrorOf({ step: '0-unreleased' });
    for (const moment of moments) {
      await mirror.upstream.show(moment);
      await mirror.sync({ allowRemovals: true });
      const fresh = await mirrorOf({ step: moment });
      await fresh.sync();
      expect(await content(mirror)).toEqual(await content(fresh));
      await fresh.close();
    }
  });

  test('of pretalx 2025.2, which speaks API v1 only, is mirrored the same way', async () => {
    mirror = await mirrorOf({ step: '1-v1.0', recordings: 'democon-2025.2' });
    const result = await mirror.sync();
    expect(result).toMatchObject({ rooms: 4, speakers: 26 });
    expect(await visibleSlots(mirror)).toBe(32);
  });

  test('is written once: a second sync of the unchanged event touches no row of any mirrored table', async () => {
    mirror = await mirrorOf({});
    await mirror.sync();
    const before = await rowVersions(mirror);
    const result = await mirror.sync();
    expect(await rowVersions(mirror)).toEqual(before);
    for (const counts of Object.values(result.changes))
      expect(counts).toMatchObject({ added: 0, changed: 0, removed: 0 });
  });

  test('is read by somebody without a token as far as it is public', async () => {
    mirror = await mirrorOf({ reader: null });
    const result = await mirror.sync();
    expect(result).toMatchObject({ rooms: 7, speakers: 65, talks: 74, schedule_slots: 94 });
    expect(result.warnings.join()).toContain('tags');
    const emails = await mirror.db.execute(sql`select from greenroom.speakers where email is not null`);
    expect(emails).toHaveLength(0);
  });
});

/** What a mirror holds, without our own ids and times; slots without the keys that tell their past. */
async function content(m: Mirror) {
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
async function rowVersions(m: Mirror) {
  const tables = [
    'rooms',
    'submission_types',
    'tracks',
    'tags',
    'speakers',
    'talks',
    'talk_speakers',
    'schedule_slots',
    'activities',
    'activity_talks',
  ];
  const versions: Record<string, unknown> = {};
  for (const table of [
    ...tables,
    ...tables.map((name) => `${name}_versions`),
    'transactions',
    'conferences',
  ]) {
    versions[table] = await m.db
      .execute(sql.raw(`select ctid::text, xmin::text from greenroom.${table} order by 1`))
      .then((rows) => Array.from(rows));
  }
  return versions;
}
