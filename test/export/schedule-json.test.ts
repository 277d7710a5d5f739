import { setTimeout } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterEach, describe, expect, test } from 'vitest';
import { setOverrides } from '../../src/decisions/overrides.ts';
import { WrongStateError } from '../../src/errors.ts';
import { exportProgramme } from '../../src/export/programme.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';
import { c3vocFormat } from './c3voc-format.ts';
import { comparable, entriesOf, type Json, recordedExport, recordedUrl } from './recorded-exports.ts';

let mirror: Mirror;
afterEach(() => mirror.close());

async function exported(options: { asOf?: Date; raw?: boolean } = {}): Promise<Json> {
  const conference = await mirror.conference();
  const { body } = await exportProgramme(mirror.db, conference, {
    format: 'schedule.json',
    baseUrl: recordedUrl,
    ...options,
  });
  return JSON.parse(body);
}

async function override(entity: string, key: string, fields: string[]) {
  return setOverrides(mirror.test.database, await mirror.conference(), {
    entity,
    key,
    fields,
    setBy: 'test',
  });
}

describe('schedule.json', () => {
  test.each([
    ['democon', '1-v1.0'],
    ['democon', '2-wip'],
    ['democon', '3-v1.1'],
    ['democon', '4-v1.2'],
    ['democon', '5-v2.0'],
    ['democon-2025.2', '1-v1.0'],
  ])('of a mirror of %s at %s equals the one that pretalx exported then', async (recordings, step) => {
    mirror = await mirrorOf({ recordings, step });
    await mirror.sync();
    const theirs = JSON.parse(recordedExport(recordings, step, 'schedule.json'));
    const ours = await exported();
    const newer = recordings === 'democon' ? [] : ['end'];
    expect(comparable(ours, newer)).toEqual(comparable(theirs, newer));
    expect(c3vocFormat.parse(ours)).toEqual(ours);
    expect(c3vocFormat.parse(theirs)).toEqual(theirs);
  });

  test('has the correction of a slot’s title, and no session without a room, which no other format has either', async () => {
    mirror = await mirrorOf({});
    await mirror.sync();
    const slots = await mirror.db.execute<{ key: string; code: string }>(sql`
      select slot_key as key, submission_code as code from greenroom.effective_slots
       where slot_type = 'talk' and talk_id is not null order by slot_key limit 2`);
    const [corrected, placeless] = slots;
    await override('slot', corrected?.key as string, ['title=The correction of a slot']);
    await mirror.db.execute(
      sql`update greenroom.schedule_slots set room_id = null where submission_code = ${placeless?.code}`,
    );
    expect(entriesOf(await exported()).find(({ code }) => code === corrected?.code)?.title).toBe(
      'The correction of a slot',
    );
    for (const format of ['schedule.json', 'ical', 'csv'] as const) {
      const { body } = await exportProgramme(mirror.db, await mirror.conference(), { format });
      expect(body, format).not.toContain(placeless?.code);
    }
  });

  test('names no track that upstream has removed', async () => {
    mirror = await mirrorOf({});
    await mirror.sync();
    const names = async () =>
      (await exported()).schedule.conference.tracks.map(({ name }: { name: string }) => name);
    const [removed, ...others] = await names();
    await mirror.db.execute(sql`update greenroom.tracks set removed_at = now() where name = ${removed}`);
    expect(await names()).toEqual(others);
  });

  test('of a past moment equals the one exported then, whatever has happened since', async () => {
    mirror = await mirrorOf({ step: '1-v1.0' });
    const moments: { at: Date; body: Json }[] = [];
    for (const step of ['1-v1.0', '3-v1.1', '4-v1.2']) {
      await mirror.upstream.show(step);
      await mirror.sync();
      await override('talk', 'WWGVLF', [`title=Corrected at ${step}`]);
      await setTimeout(5);
      const [row] = await mirror.db.execute<{ ms: number }>(
        sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms`,
      );
      moments.push({ at: new Date(Math.floor(row?.ms ?? 0)), body: await exported() });
    }
    for (const { at, body } of moments) {
      expect(await exported({ asOf: at })).toEqual(body);
    }
    const before = await exported({ asOf: new Date('2020-01-01T00:00:00Z') });
    expect(entriesOf(before)).toEqual([]);
  });

  test('shows overrides, and with raw the mirror without them', async () => {
    mirror = await mirrorOf({});
    await mirror.sync();
    const original = await exported();
    const times = ['slot_start=2026-07-16T09:30', 'slot_end=2026-07-16T10:00'];
    await override('talk', 'WWGVLF', ['title=Corrected', 'room=104', ...times]);
    await override('room', '101', ['name=Main Hall', 'capacity=99']);
    await override('speaker', 'HLJCCY', ['name=Ed Nicholls', 'email=ed@example.org']);
    const ours = await exported();
    expect(entriesOf(ours).find((entry) => entry.code === 'WWGVLF')).toMatchObject({
      title: 'Corrected',
      room: 'Club',
      date: '2026-07-16T09:30:00+02:00',
      duration: '00:30',
      persons: [{ code: 'HLJCCY', name: 'Ed Nicholls', public_name: 'Ed Nicholls' }],
    });
    expect(ours.schedule.conference.rooms[1]).toMatchObject({ name: 'Main Hall', capacity: 99 });
    expect(await exported({ raw: true })).toEqual(original);
  });

  test('of an event whose last day is mistyped has ten years of days, with its sessions', async () => {
    mirror = await mirrorOf({});
    await mirror.sync();
    const { length } = entriesOf(await exported());
    mirror.upstream.editObject('event', (event) => ({ ...event, date_to: '2926-07-19' }));
    await mirror.sync();
    const { schedule } = await exported();
    expect(schedule.conference.days).toHaveLength(3_660);
    expect(entriesOf({ schedule })).toHaveLength(length);
  });

  test('has no hidden slot, no break, no e-mail and nobody without a visible talk', async () => {
    mirror = await mirrorOf({});
    await mirror.sync();
    const ours = await exported();
    const codes = entriesOf(ours).map((entry) => entry.code);
    for (const hidden of ['GBKHEE', 'DE7NDN', 'M3NCH9']) expect(codes).not.toContain(hidden);
    const text = JSON.stringify(ours);
    expect(text).not.toContain('@example.org');
    expect(text).not.toContain('ZKAKWS');
  });

  test('before the first release has days without sessions; before the first sync it says what to do', async () => {
    mirror = await mirrorOf({ step: '0-unreleased' });
    await expect(exported()).rejects.toThrow(WrongStateError);
    await mirror.sync();
    const ours = await exported();
    expect(ours.schedule.version).toBe('');
    expect(ours.schedule.conference.days).toHaveLength(5);
    expect(entriesOf(ours)).toEqual([]);
  });
});
