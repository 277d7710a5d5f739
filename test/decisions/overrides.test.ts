import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { clearOverrides, listOverrides, overrideJson, setOverrides } from '../../src/decisions/overrides.ts';
import { NotFoundError, UsageError } from '../../src/errors.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

let mirror: Mirror;
beforeAll(async () => {
  mirror = await mirrorOf({});
  await mirror.sync();
});
afterAll(() => mirror.close());
afterEach(async () => {
  await mirror.db.execute('delete from greenroom.overrides');
});

async function set(entity: string, key: string, ...fields: string[]) {
  const request = { entity, key, fields, reason: 'because', setBy: 'ann', remoteAddr: '192.0.2.1' };
  return setOverrides(mirror.test.database, await mirror.conference(), request);
}

async function effective<Row = Record<string, unknown>>(view: string, condition: string): Promise<Row> {
  const [row] = await mirror.rows<Row>(`effective_${view} where ${condition}`);
  return row as Row;
}

describe('a value', () => {
  test.each([
    ['talk', 'KXENP3', 'title=', ''],
    ['talk', 'KXENP3', 'title=a=b', 'a=b'],
    ['talk', 'KXENP3', 'abstract=null', null],
    ['talk', 'KXENP3', 'track=null', null],
    ['talk', 'KXENP3', 'state=withdrawn', 'withdrawn'],
    ['talk', 'KXENP3', 'tags=a, b c ,d', ['a', 'b c', 'd']],
    ['talk', 'KXENP3', 'tags=["a,b","c"]', ['a,b', 'c']],
    ['talk', 'KXENP3', 'tags=', []],
    ['talk', 'KXENP3', 'is_cancelled=true', true],
    ['talk', 'KXENP3', 'room=104', 104],
    ['talk', 'KXENP3', 'slot_end=2026-07-15T13:00', '2026-07-15T11:00:00Z'],
    ['talk', 'KXENP3', 'slot_end=2026-07-15 13:00', '2026-07-15T11:00:00Z'],
    ['talk', 'KXENP3', 'slot_end=2026-07-15T16:30:00+05:30', '2026-07-15T11:00:00Z'],
    ['speaker', 'ML9JVM', 'email=kate@example.org', 'kate@example.org'],
    ['speaker', 'ML9JVM', 'avatar_url=https://example.org/kate.png', 'https://example.org/kate.png'],
    ['speaker', 'ML9JVM', 'biography=', ''],
    ['room', '101', 'capacity=0', 0],
    ['room', '101', 'capacity=null', null],
    ['slot', 'KXENP3', 'end_at=2026-07-15T10:00Z', '2026-07-15T10:00:00Z'],
  ])('of a %s (%s) is read as its field says: %s', async (entity, key, field, value) => {
    const [row] = await set(entity, key, field);
    expect(row).toMatchObject({ entity, key, value, reason: 'because', setBy: 'ann' });
  });

  test.each([
    ['talk', 'KXENP3', 'title=null', /title of a talk can't be null/],
    [
      'talk',
      'KXENP3',
      'state=cancelled',
      /state=cancelled can't be: it must be one of submitted, .*canceled/,
    ],
    ['talk', 'KXENP3', 'is_cancelled=yes', /true or false/],
    [
      'talk',
      'KXENP3',
      'slot_start=tomorrow',
      /slot_start=tomorrow can't be: it must be a time as .* or null/,
    ],
    ['talk', 'KXENP3', 'slot_start=2026-07-15', /must be a time/],
    ['talk', 'KXENP3', 'slot_start=2026-02-30T10:00', /must be a time/],
    ['talk', 'KXENP3', 'slot_start=2026-07-15T20:00', /would not end after it starts.*slot_end together/],
    ['talk', 'KXENP3', 'slot_start=null', /slot_start and slot_end together/],
    [
      'talk',
      'KXENP3',
      'room=Forum Hall',
      /room=Forum Hall can't be: it must be a room's pretalx id, or null/,
    ],
    ['talk', 'KXENP3', 'tags=["a"', /must be a list/],
    ['talk', 'KXENP3', 'duration=5', /no field "duration".*There are: title, abstract/],
    ['talk', 'KXENP3', 'toString=5', /no field "toString"/],
    ['talk', 'KXENP3', 'title', /not of the form field=value/],
    ['speaker', 'ML9JVM', 'avatar_url=javascript:alert(1)', /http\(s\) URL/],
    ['speaker', 'ML9JVM', 'email=nobody', /e-mail address/],
    [
      'room',
      '101',
      'capacity=many',
      /capacity=many can't be: it must be a whole number from 0 to 999999999, or null/,
    ],
    ['room', '101', 'capacity=-5', /capacity=-5 can't be: it must be a whole number from 0 to/],
    ['slot', 'KXENP3', 'start_at=0000-07-15T10:00Z', /must be a time/],
    ['slot', 'KXENP3', 'start_at=-000001-07-15T10:00Z', /must be a time/],
    ['slot', 'KXENP3', 'end_at=+010000-07-15T10:00Z', /must be a time/],
    ['slot', 'KXENP3', 'end_at=9999-12-31T23:30-05:00', /must be a time/],
    ['slot', 'KXENP3', 'start_at=2026-07-15T10:00[America/New_York]', /must be a time/],
    ['slot', 'KXENP3', 'start_at=null', /can't be null/],
    ['track', 'x', 'name=y', /There are: talk, speaker, room, slot/],
    ['talk', 'KXENP3', 'title', /"title" is not of the form field=value/],
  ])('that can not be is refused with what is expected: %s %s %s', async (entity, key, field, message) => {
    await expect(set(entity, key, field)).rejects.toThrow(message);
    await expect(set(entity, key, field)).rejects.toThrow(UsageError);
    expect(await listOverrides(mirror.db, await mirror.conference())).toEqual([]);
  });

  test.each([
    ['talk', 'NOSUCH', 'title=x'],
    ['speaker', 'NOSUCH', 'name=x'],
    ['room', '999', 'name=x'],
    ['slot', 'NOSUCH', 'title=x'],
    ['talk', 'KXENP3', 'room=999'],
  ])('for something the mirror does not have is refused: %s %s %s', async (entity, key, field) => {
    await expect(set(entity, key, field)).rejects.toThrow(NotFoundError);
  });

  test('for a slot that is hidden, or a room that is removed, is refused too', async () => {
    await mirror.db.execute(
      `update greenroom.schedule_slots set is_visible = false where slot_key = 'KXENP3'`,
    );
    await expect(set('slot', 'KXENP3', 'title=x')).rejects.toThrow(NotFoundError);
    await mirror.db.execute(
      `update greenroom.schedule_slots set is_visible = true where slot_key = 'KXENP3'`,
    );
    await mirror.db.execute(`update greenroom.rooms set removed_at = now() where pretalx_id = 107`);
    await expect(set('talk', 'KXENP3', 'room=107')).rejects.toThrow(NotFoundError);
    await mirror.db.execute(`update greenroom.rooms set removed_at = null where pretalx_id = 107`);
  });

  test('given twice is refused, since only one of them can be meant', async () => {
    await expect(set('talk', 'KXENP3', 'title=a', 'title=b')).rejects.toThrow('title is given twice.');
  });
});

test.each(['2026-07-15T14:00+05', '2026-07-15 14:00+0500', '2026-07-15T14:00+05:00[Asia/Karachi]'])(
  'a time is that of its offset, however it is written: %s',
  async (time) => {
    const [row] = await set('slot', 'KXENP3', `start_at=${time}`);
    expect(row?.value).toBe('2026-07-15T09:00:00Z');
  },
);

describe('an override', () => {
  test('of a talk shows in its talk and in the slot that places it; the mirror stays as it is', async () => {
    const before = await mirror.rows('talks');
    await set(
      'talk',
      'WQKZ3P',
      'title=New title',
      'room=101',
      'slot_start=2026-07-15T15:00',
      'slot_end=2026-07-15T16:00',
      'track=Web',
      'tags=x,y',
      'is_cancelled=true',
    );
    const hall = await effective('rooms', 'pretalx_id = 101');
    const start = '2026-07-15 13:00:00+00';
    const talk = await effective('talks', "pretalx_code = 'WQKZ3P'");
    const web = (await mirror.rows<{ id: number }>("tracks where name = 'Web'"))[0];
    expect(talk).toMatchObject({
      title: 'New title',
      room_id: hall.id,
      track: 'Web',
      track_id: web?.id,
      tags: ['x', 'y'],
      is_cancelled: true,
    });
    expect(String(talk.slot_start)).toBe(start);
    const first = await effective('slots', "slot_key = 'WQKZ3P'");
    expect(first).toMatchObject({ title: 'New title', room_id: hall.id, is_cancelled: true });
    expect(String(first.start_at)).toBe(start);
    const second = await effective('slots', "slot_key = 'WQKZ3P#2'");
    expect(second).toMatchObject({ title: 'New title', is_cancelled: true });
    expect(second.room_id).not.toBe(hall.id);
    expect(await mirror.rows('talks')).toEqual(before);
  });

  test('of a slot wins over that of its talk', async () => {
    await set('talk', 'KXENP3', 'title=Of the talk', 'room=101');
    await set('slot', 'KXENP3', 'title=Of the slot', 'room=103');
    const room = await effective('rooms', 'pretalx_id = 103');
    expect(await effective('slots', "slot_key = 'KXENP3'")).toMatchObject({
      title: 'Of the slot',
      room_id: room.id,
    });
    expect(await effective('talks', "pretalx_code = 'KXENP3'")).toMatchObject({ title: 'Of the talk' });
  });

  test('that takes a talk off the timetable takes its slot away', async () => {
    await set('talk', 'KXENP3', 'room=null', 'slot_start=null', 'slot_end=null');
    expect(await effective('slots', "slot_key = 'KXENP3'")).toBeUndefined();
    expect(await effective('talks', "pretalx_code = 'KXENP3'")).toMatchObject({
      room_id: null,
      slot_start: null,
    });
  });

  test('of the state decides whether the talk and its slot are cancelled', async () => {
    await set('talk', 'KXENP3', 'state=canceled');
    expect(await effective('slots', "slot_key = 'KXENP3'")).toMatchObject({ is_cancelled: true });
    await set('talk', 'KXENP3', 'is_cancelled=false');
    expect(await effective('slots', "slot_key = 'KXENP3'")).toMatchObject({ is_cancelled: false });
  });

  test('survives syncs, and is gone when it is cleared', async () => {
    await set('speaker', 'ML9JVM', 'name=Kate', 'biography=null');
    await set('room', '101', 'name=Main Hall', 'description=');
    await mirror.sync();
    expect(await effective('speakers', "pretalx_code = 'ML9JVM'")).toMatchObject({
      name: 'Kate',
      biography: null,
    });
    const hall = { name: 'Main Hall', name_i18n: null, description: '' };
    expect(await effective('rooms', 'pretalx_id = 101')).toMatchObject(hall);
    const conference = await mirror.conference();
    const clear = (fields?: string[]) =>
      clearOverrides(mirror.test.database, conference, {
        entity: 'speaker',
        key: 'ML9JVM',
        fields,
        clearedBy: 'bob',
      });
    await expect(clear(['name', 'biografy'])).rejects.toThrow(/no field "biografy".*There are: name, bio/);
    expect(await clear(['name'])).toMatchObject([{ field: 'name', value: 'Kate' }]);
    expect(await effective('speakers', "pretalx_code = 'ML9JVM'")).toMatchObject({ biography: null });
    expect(await clear()).toHaveLength(1);
    await expect(clear()).rejects.toThrow(NotFoundError);
  });

  test('is listed with the columns of its table, and remembers what upstream said', async () => {
    await set('talk', 'KXENP3', 'title=B', 'abstract=A');
    await set('room', '101', 'capacity=5');
    const rows = await listOverrides(mirror.db, await mirror.conference());
    expect(rows.map(overrideJson)).toMatchObject([
      { entity: 'room', key: '101', field: 'capacity', value: 5, base_value: 1200, set_by: 'ann' },
      { entity: 'talk', key: 'KXENP3', field: 'abstract' },
      { field: 'title', value: 'B', base_value: 'Advanced client-server definition', reason: 'because' },
    ]);
  });

  test('has a history that names who set and who cleared it', async () => {
    await mirror.db.execute('delete from greenroom.overrides_versions');
    await set('talk', 'KXENP3', 'title=One');
    await set('talk', 'KXENP3', 'title=Two');
    expect(await set('talk', 'KXENP3', 'title=Two')).toMatchObject([{ field: 'title', value: 'Two' }]);
    await clearOverrides(mirror.test.database, await mirror.conference(), {
      entity: 'talk',
      key: 'KXENP3',
      clearedBy: 'bob',
    });
    const versions = await mirror.rows(
      `overrides_versions v join greenroom.transactions t on t.id = v.transaction_id`,
      'v.transaction_id',
    );
    expect(versions.map((v) => [v.operation_type, v.value, v.actor, v.remote_addr])).toEqual([
      [0, 'One', 'ann', '192.0.2.1'],
      [1, 'Two', 'ann', '192.0.2.1'],
      [2, 'Two', 'bob', null],
    ]);
  });
});
