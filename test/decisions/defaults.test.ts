import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  type DefaultRequest,
  defaultJson,
  listDefaults,
  removeDefault,
  setDefault,
} from '../../src/decisions/defaults.ts';
import { NotFoundError, UsageError } from '../../src/errors.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

let mirror: Mirror;
beforeAll(async () => {
  mirror = await mirrorOf({});
  await mirror.sync();
});
afterAll(() => mirror.close());
afterEach(async () => {
  await mirror.db.execute('delete from greenroom.submission_type_defaults');
});

async function set(request: Omit<DefaultRequest, 'setBy'>) {
  return setDefault(mirror.test.database, await mirror.conference(), { setBy: 'ann', ...request });
}

describe('a default', () => {
  test('is set, changed field by field, listed and removed, whatever the case of its type', async () => {
    await set({ type: 'Tutorial', room: '101', date: '2026-07-15' });
    await set({ type: 'tutorial', start: '09:30', end: '12:00' });
    const { row, warnings } = await set({ type: 'TUTORIAL', room: null });
    expect(warnings).toEqual([]);
    expect(defaultJson(row)).toMatchObject({
      submission_type: 'Tutorial',
      room: null,
      default_room_id: null,
      default_date: '2026-07-15',
      default_start_time: '09:30:00',
      default_end_time: '12:00:00',
    });
    const conference = await mirror.conference();
    expect(await listDefaults(mirror.db, conference)).toHaveLength(1);
    await removeDefault(mirror.test.database, conference, { type: 'tutorial', removedBy: 'bob' });
    expect(await listDefaults(mirror.db, conference)).toEqual([]);
    await expect(
      removeDefault(mirror.test.database, conference, { type: 'tutorial', removedBy: 'bob' }),
    ).rejects.toThrow(NotFoundError);
  });

  test('for a type that the mirror does not know yet is kept, with a warning', async () => {
    const { row, warnings } = await set({ type: 'Poster', room: 101 });
    expect(row).toMatchObject({ submissionType: 'Poster', roomPretalxId: 101 });
    expect(warnings).toEqual([expect.stringContaining('"Poster"')]);
    expect((await set({ type: 'poster', room: 102 })).row).toMatchObject({
      submissionType: 'Poster',
      roomPretalxId: 102,
    });
  });

  test('with times that have no effect, or that pass midnight, is kept with a warning', async () => {
    expect((await set({ type: 'Talk', start: '22:00' })).warnings).toEqual([
      expect.stringContaining('--date'),
    ]);
    expect((await set({ type: 'Talk', date: '2026-07-15', end: '01:00' })).warnings).toEqual([
      expect.stringContaining('on the day after'),
    ]);
  });

  test.each([
    [{ type: 'Talk' }, /at least one of/],
    [{ type: ' ', room: 101 }, /Name the submission type/],
    [{ type: 'Talk', room: 'Club' }, /--room Club can't be: it must be a room's pretalx id/],
    [{ type: 'Talk', date: '0000-01-01' }, /--date 0000-01-01 can't be: it must be a date/],
    [{ type: 'Talk', date: '0001-01-01' }, /must be a date/],
    [{ type: 'Talk', start: null }, /no default for "Talk"/],
    [{ type: 'Talk', date: '2026-02-30' }, /--date 2026-02-30 can't be: it must be a date/],
    [{ type: 'Talk', date: '2026-07-15', start: '25:00' }, /--start 25:00 can't be: it must be a time/],
    [{ type: 'Talk', room: 999 }, /no room with the pretalx id 999/],
  ])('that can not be is refused and nothing is kept: %j', async (request, message) => {
    await expect(set(request)).rejects.toThrow(message);
    await expect(set(request)).rejects.toThrow(UsageError);
    expect(await listDefaults(mirror.db, await mirror.conference())).toEqual([]);
  });

  test('has a history with its actor', async () => {
    await mirror.db.execute('delete from greenroom.submission_type_defaults_versions');
    await set({ type: 'Talk', room: 101 });
    await set({ type: 'Talk', date: '2026-07-15' });
    expect((await set({ type: 'talk', room: 101, date: '2026-07-15' })).row.roomPretalxId).toBe(101);
    await removeDefault(mirror.test.database, await mirror.conference(), { type: 'talk', removedBy: 'bob' });
    const versions = await mirror.rows(
      'submission_type_defaults_versions v join greenroom.transactions t on t.id = v.transaction_id',
      'v.transaction_id',
    );
    expect(versions.map((v) => [v.operation_type, v.actor])).toEqual([
      [0, 'ann'],
      [1, 'ann'],
      [2, 'bob'],
    ]);
  });
});
