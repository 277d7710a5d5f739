import { afterAll, beforeAll, expect, test } from 'vitest';
import { stateOf } from '../../src/export/state.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

let mirror: Mirror;
const state = async () => stateOf(mirror.db, (await mirror.conference()).id);

beforeAll(async () => {
  mirror = await mirrorOf({});
  await mirror.sync();
});
afterAll(() => mirror.close());

test('stays the same while nothing changes, and through a sync that changes nothing', async () => {
  const before = await state();
  expect(await state()).toBe(before);
  await mirror.sync();
  expect(await state()).toBe(before);
});

test.each([
  `update greenroom.rooms set name = 'Main' where id = 1`,
  `update greenroom.tracks set color = '#123456' where id = 1`,
  'update greenroom.tags set is_public = false where id = 1',
  `update greenroom.speakers set name = 'Somebody' where id = 1`,
  `update greenroom.talks set title = 'Something' where id = 1`,
  'update greenroom.schedule_slots set is_visible = false where id = 1',
  'delete from greenroom.schedule_slots where id = 1',
  'delete from greenroom.talk_speakers where talk_id = 1',
  `insert into greenroom.overrides (conference_id, entity, key, field, value, set_by) values (1, 'talk', 'X', 'title', '"x"', 'me')`,
  `update greenroom.conferences set timezone = 'Asia/Tokyo'`,
])('is another one after: %s', async (change) => {
  const before = await state();
  expect((await mirror.test.database.sql.unsafe(change)).count).toBeGreaterThan(0);
  expect(await state()).not.toBe(before);
});

test('is nobody else’s: a change of another conference leaves it', async () => {
  const before = await state();
  await mirror.test.database.sql.unsafe(`insert into greenroom.conferences (slug, name) values ('other', 'Other');
    insert into greenroom.rooms (conference_id, content_hash, pretalx_id, name, name_i18n) select id, '', 1, 'Room', '{}' from greenroom.conferences where slug = 'other'`);
  expect(await state()).toBe(before);
});
