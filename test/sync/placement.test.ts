import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Entity, submissionTypeDefaults } from '../../src/db/schema/index.ts';
import type { Progress } from '../../src/sync/context.ts';
import { placement } from '../../src/sync/schedule/placement.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

let mirror: Mirror;
beforeEach(async () => {
  mirror = await mirrorOf({});
});
afterEach(() => mirror.close());

/** Where the mirror says that a talk is held; the room is a pretalx id. */
async function placeOf(code: string) {
  const rows = await mirror.db.execute(sql`
    select r.pretalx_id::int as room, to_char(t.slot_start at time zone 'Europe/Prague', 'MM-DD HH24:MI') as start, t.placed_by as by
      from greenroom.talks t left join greenroom.rooms r on r.id = t.room_id where t.pretalx_code = ${code}`);
  return rows[0];
}

async function setDefault(
  submissionType: string,
  wall: { date: string; start: string },
  room: number | null,
) {
  const [found] = await mirror.db.execute<{ id: number }>(
    sql`select id from greenroom.rooms where pretalx_id = ${room}`,
  );
  await mirror.db.insert(submissionTypeDefaults).values({
    conferenceId: (await mirror.conference()).id,
    submissionType,
    defaultRoomId: found ? Number(found.id) : null,
    defaultDate: wall.date,
    defaultStartTime: wall.start,
  });
}

/** Changes every slot of a talk, the first one by `first`. */
const editSlots = (code: string, first: object, others: object = {}) => {
  let isFirst = true;
  mirror.upstream.edit('slots', (slots) =>
    slots.map((slot) => {
      if (slot.submission !== code) return slot;
      const changes = isFirst ? first : others;
      isFirst = false;
      return { ...slot, ...changes };
    }),
  );
};

describe('a talk is held', () => {
  test('where and when its first visible slot is, else its first hidden one', async () => {
    await mirror.sync();
    expect(await placeOf('WQKZ3P')).toEqual({ room: 105, start: '07-15 13:30', by: 'schedule' });
    editSlots('WQKZ3P', { is_visible: false });
    await mirror.sync();
    expect(await placeOf('WQKZ3P')).toEqual({ room: 105, start: '07-17 14:00', by: 'schedule' });
    editSlots('WQKZ3P', { is_visible: false }, { is_visible: false });
    await mirror.sync();
    expect(await placeOf('WQKZ3P')).toEqual({ room: 105, start: '07-15 13:30', by: 'schedule' });
  });

  test('where its first visible slot is by time, not by key', async () => {
    await mirror.sync();
    const earlier = { start: '2026-07-15T09:00:00+02:00', end: '2026-07-15T09:30:00+02:00' };
    editSlots('WQKZ3P', {}, earlier);
    await mirror.sync();
    expect(await placeOf('WQKZ3P')).toMatchObject({ start: '07-15 09:00', by: 'schedule' });
  });

  test('nowhere when neither the schedule nor a default says where', async () => {
    await mirror.sync();
    expect(await placeOf('7BEREY')).toEqual({ room: null, start: null, by: null });
  });

  test("in its type's room at its slot's times when the slot has no room", async () => {
    await mirror.sync();
    await setDefault('Talk', { date: '2026-07-15', start: '08:00' }, 107);
    editSlots('WBXVAJ', { room: null });
    const before = await placeOf('WBXVAJ');
    await mirror.sync();
    expect(await placeOf('WBXVAJ')).toEqual({ room: 107, start: before?.start, by: 'schedule' });
  });

  test("in its type's room after a sync of the schedule alone, too", async () => {
    await mirror.sync();
    await setDefault('talk', { date: '2026-07-15', start: '08:00' }, 107);
    editSlots('WBXVAJ', { room: null });
    await mirror.sync();
    const placed = await placeOf('WBXVAJ');
    await mirror.sync({ entities: ['schedule'] });
    expect(await placeOf('WBXVAJ')).toEqual({ ...placed, room: 107 });
  });

  test('no longer in the room that its slot lost, when that is not the room of its type', async () => {
    await mirror.sync();
    await setDefault('Talk', { date: '2026-07-15', start: '08:00' }, 107);
    editSlots('WBXVAJ', { room: null });
    const before = await placeOf('WBXVAJ');
    expect(before?.room).not.toBe(107);
    await mirror.sync({ entities: ['schedule'] });
    expect(await placeOf('WBXVAJ')).toEqual({ room: null, start: before?.start, by: 'schedule' });
  });

  test('nowhere after a sync of the schedule alone when its slot is gone, also out of the room of its type', async () => {
    await mirror.sync();
    const { room } = (await placeOf('WBXVAJ')) as { room: number };
    await setDefault('Talk', { date: '2026-07-15', start: '08:00' }, room);
    mirror.upstream.edit('slots', (slots) => slots.filter((slot) => slot.submission !== 'WBXVAJ'));
    await mirror.sync({ entities: ['schedule'] });
    expect(await placeOf('WBXVAJ')).toEqual({ room: null, start: null, by: null });
  });

  test('by a default for its type, in whatever case that is written, also without a room', async () => {
    await mirror.sync();
    await setDefault('TALK', { date: '2026-07-16', start: '10:00' }, null);
    const told: Progress[] = [];
    await mirror.sync({ entities: ['defaults'], onProgress: (progress) => told.push(progress) });
    expect(await placeOf('7BEREY')).toEqual({ room: null, start: '07-16 10:00', by: 'default' });
    const placed = await mirror.rows("talks where placed_by = 'default'");
    expect(told.at(-1)).toEqual({ phase: 'done', count: placed.length });
  });
});

describe('before the first release', () => {
  test('a talk that changes stays where its default placed it, and is written once', async () => {
    await mirror.upstream.show('0-unreleased');
    await mirror.sync();
    await setDefault('Talk', { date: '2026-07-16', start: '10:00' }, 101);
    await mirror.sync();
    const before = await placeOf('7BEREY');
    expect(before).toMatchObject({ by: 'default' });
    const versions = () => mirror.rows("talks_versions where pretalx_code = '7BEREY'");
    const known = (await versions()).length;
    mirror.upstream.edit('submissions', (items) =>
      items.map((item) => (item.code === '7BEREY' ? { ...item, title: 'Another title' } : item)),
    );
    await mirror.sync({ entities: ['talks', 'schedule'] });
    expect(await placeOf('7BEREY')).toEqual(before);
    expect((await versions()).length).toBe(known + 1);
  });
});

describe('the statement that places talks', () => {
  const lightning = {
    submissionType: 'Lightning Talk',
    roomId: null,
    startAt: new Date(),
    endAt: new Date(),
  };

  test.each([
    ['leaving defaults alone', undefined],
    ['without defaults', []],
    ['with defaults', [lightning]],
  ])('joins all talks and slots at once, %s, before PostgreSQL has counted them', async (_, defaults) => {
    const rows = await mirror.db.execute(sql`explain (format json) ${placement(1, defaults)}`);
    const plan = JSON.stringify(rows[0]);
    expect(plan).toMatch(/"Node Type":"(Hash|Merge) Join"[^{]*"Join Type":"Full"/);
  });
});

test('a room that is gone upstream and only holds a talk by a default is not said to be named by the release', async () => {
  await mirror.sync();
  await setDefault('Workshop', { date: '2026-07-15', start: '10:00' }, 107);
  mirror.upstream.edit('slots', (slots) => slots.filter((slot) => slot.submission !== 'WQKZ3P'));
  await mirror.sync();
  mirror.upstream.edit('rooms', (rooms) => rooms.filter((room) => room.id !== 107));
  const { warnings } = await mirror.sync({ entities: ['rooms', 'schedule'] });
  expect(await placeOf('WQKZ3P')).toMatchObject({ room: 107, by: 'default' });
  expect(warnings).toEqual([
    expect.stringMatching(/^The default room ".+" of type "Workshop" is gone upstream/),
  ]);
  expect((await mirror.sync()).warnings).toEqual([]);
});

test('a room that is gone upstream stays in a run of rooms alone while a default, or a talk by one, has it', async () => {
  await mirror.sync();
  await setDefault('Nothing yet', { date: '2026-07-15', start: '10:00' }, 107);
  mirror.upstream.edit('slots', (slots) => slots.filter((slot) => slot.room !== 107));
  await mirror.sync({ entities: ['schedule'] });
  mirror.upstream.edit('rooms', (rooms) => rooms.filter((room) => room.id !== 107));
  const removedAfter = async (entities: Entity[]) => {
    await mirror.sync({ entities });
    return mirror.rows('rooms where pretalx_id = 107 and removed_at is not null');
  };
  expect(await removedAfter(['rooms'])).toEqual([]);
  await mirror.db.update(submissionTypeDefaults).set({ submissionType: 'Talk' });
  expect(await removedAfter(['defaults'])).toEqual([]);
  await mirror.db.delete(submissionTypeDefaults);
  expect(await removedAfter(['rooms'])).toEqual([]);
  expect(await placeOf('7BEREY')).toMatchObject({ room: 107 });
  expect(await removedAfter(['rooms', 'schedule', 'defaults'])).toHaveLength(1);
});
