/** Rows that a website's test or a person put in: only what says something has to be given, and the next sync compares it. */
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

let mirror: Mirror;
beforeAll(async () => {
  mirror = await mirrorOf({});
});
afterAll(() => mirror.close());

test('rows that were put in by hand need no hash, and become what upstream says', async () => {
  const { db } = mirror;
  await mirror.sync();
  const upstreams = await db.execute(sql`select pretalx_id, name, name_i18n from greenroom.rooms order by 1`);
  await db.execute(sql`update greenroom.rooms set pretalx_id = -pretalx_id`);
  await db.execute(sql`
    insert into greenroom.rooms (conference_id, pretalx_id, name)
    select conference_id, -pretalx_id, 'By hand' from greenroom.rooms`);
  await db.execute(sql`
    insert into greenroom.talks (conference_id, pretalx_code, title, state)
    select id, 'BYHAND', 'By hand', 'confirmed' from greenroom.conferences`);
  await db.execute(sql`
    insert into greenroom.schedule_slots (conference_id, slot_key, title, start_at, end_at, slot_type)
    select id, 'by hand', 'By hand', now(), now(), 'break' from greenroom.conferences`);
  await mirror.sync({ allowRemovals: true });
  const live = await db.execute(sql`
    select pretalx_id, name, name_i18n from greenroom.rooms where removed_at is null order by 1`);
  expect(live).toEqual(upstreams);
  const left = await db.execute(sql`
    select title from greenroom.schedule_slots where title = 'By hand' union all
    select title from greenroom.talks where title = 'By hand' and removed_at is null`);
  expect(left).toHaveLength(0);
});
