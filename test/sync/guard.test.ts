import { eq, sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { syncRuns } from '../../src/db/schema/index.ts';
import { RemovalGuardError } from '../../src/errors.ts';
import { requestRun, runError } from '../../src/runs/runs.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

let mirror: Mirror;
beforeEach(async () => {
  mirror = await mirrorOf({ step: '4-v1.2' });
  await mirror.sync();
});
afterEach(() => mirror.close());

const snapshot = async () => {
  const tables = ['rooms', 'speakers', 'talks', 'schedule_slots', 'talk_speakers', 'activities'];
  return Promise.all(tables.map((table) => mirror.rows(table)));
};

describe('the removal guard', () => {
  test('holds a release that takes 44 of 93 visible slots off the timetable, and writes nothing of the step', async () => {
    const before = await snapshot();
    await mirror.upstream.show('5-v2.0');
    const error = await mirror.sync().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RemovalGuardError);
    expect(error.message).toContain('44 of 93 visible slots (47.3 %) would be removed');
    expect(error.message).toContain('greenroom approve');
    expect(error.removing).toHaveLength(44);
    expect(await snapshot()).toEqual(before);
  });

  test('lets all pass for a run that allows large deletions', async () => {
    await mirror.upstream.show('5-v2.0');
    const result = await mirror.sync({ allowRemovals: true });
    expect(result.changes.schedule_slots).toMatchObject({ removed: 44 });
  });

  test('holds what the permission was not given for, in the same run', async () => {
    const { id } = await mirror.conference();
    await requestRun(mirror.db, {
      conferenceId: id,
      trigger: 'cli',
      entities: ['rooms'],
      allowRemovals: true,
    });
    await requestRun(mirror.db, { conferenceId: id, trigger: 'webhook' });
    const [{ allowRemovalsOf = [] } = {}] = await mirror.db
      .select()
      .from(syncRuns)
      .where(eq(syncRuns.state, 'queued'));
    expect(allowRemovalsOf).toEqual(['rooms']);
    await mirror.upstream.show('5-v2.0');
    await expect(mirror.sync({ allowRemovalsOf })).rejects.toThrow(RemovalGuardError);
    const result = await mirror.sync({ allowRemovalsOf: ['schedule'] });
    expect(result.changes.schedule_slots).toMatchObject({ removed: 44 });
  });

  test('applies just the removals that were approved, and holds again when another one came', async () => {
    await mirror.upstream.show('5-v2.0');
    const held: RemovalGuardError = await mirror.sync().catch((thrown) => thrown);
    const shown = [...held.removing];
    mirror.upstream.edit('slots', (slots) => {
      const first = slots.findIndex((slot) => slot.is_visible && slot.submission);
      return slots.filter((_, at) => at !== first);
    });
    await expect(mirror.sync({ approved: { slots: shown } })).rejects.toThrow(
      '1 of them were not among the 44',
    );
    await mirror.upstream.show('5-v2.0');
    const result = await mirror.sync({ approved: { slots: shown } });
    expect(result.changes.schedule_slots.removed).toBe(44);
  });

  test('holds again when, after the approval, anything goes that an earlier step had not shown', async () => {
    await mirror.upstream.show('5-v2.0');
    mirror.upstream.edit('rooms', (rooms) => rooms.filter((room) => room.id !== 106));
    mirror.upstream.edit('slots', (slots) => slots.filter((slot) => slot.room !== 106));
    const held: RemovalGuardError = await mirror.sync().catch((thrown) => thrown);
    expect(held.alsoRemoving).toEqual({ rooms: ['106'], speakers: [], talks: [] });
    const approved = runError(held).removing as Record<string, string[]>;
    expect(approved.slots).toEqual(held.removing);
    mirror.upstream.edit('submissions', (items) => items.filter((item) => item.code !== 'M3NCH9'));
    const again: RemovalGuardError = await mirror.sync({ approved }).catch((thrown) => thrown);
    expect(again).toMatchObject({ entity: 'talks', removing: ['M3NCH9'] });
    expect(again.message).toContain('they were not among what was approved');
    const result = await mirror.sync({ approved: { ...approved, talks: ['M3NCH9'] } });
    expect(result.changes).toMatchObject({ rooms: { removed: 1 }, talks: { removed: 1 } });
  });

  test.each([
    ['rooms', 'rooms'],
    ['speakers', 'speakers'],
    ['talks', 'submissions'],
  ] as const)('holds when too many %s are gone, with what would have been added', async (entity, listing) => {
    const before = await snapshot();
    mirror.upstream.edit(listing, (items) => {
      const kept = items.slice(0, Math.floor(items.length / 2));
      return listing === 'rooms' ? [...kept, { ...items[0], id: 999 }] : kept;
    });
    const error = await mirror.sync().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(RemovalGuardError);
    expect(error.entity).toBe(entity);
    expect(await snapshot()).toEqual(before);
  });

  test('lets small tables and small removals pass', async () => {
    mirror.upstream.edit('rooms', (rooms) => rooms.filter((room) => room.id !== 106));
    mirror.upstream.edit('slots', (slots) => slots.filter((slot) => slot.room !== 106));
    const result = await mirror.sync();
    expect(result.changes.rooms).toMatchObject({ removed: 1 });
  });

  test('counts a visible slot that turns hidden as going', async () => {
    mirror.upstream.edit('slots', (slots) => slots.map((slot) => ({ ...slot, is_visible: false })));
    await expect(mirror.sync()).rejects.toThrow('93 of 93 visible slots (100 %)');
  });

  test('holds a table that has just as many rows as the settings name', async () => {
    const just = await mirrorOf({ step: '4-v1.2', env: { GREENROOM_GUARD_MIN_EXISTING: '93' } });
    await just.sync();
    await just.upstream.show('5-v2.0');
    await expect(just.sync()).rejects.toThrow('44 of 93');
    await just.close();
  });

  test('lets a run pass that removes nothing, however strict it is', async () => {
    const env = { GREENROOM_GUARD_MIN_EXISTING: '0', GREENROOM_GUARD_MAX_FRACTION: '0' };
    const strict = await mirrorOf({ step: '4-v1.2', env });
    await strict.sync();
    await expect(strict.sync()).resolves.toBeDefined();
    await strict.close();
  });

  test('does not count again what went before', async () => {
    mirror.upstream.edit('speakers', (speakers) => speakers.slice(0, speakers.length / 2));
    await mirror.sync({ allowRemovals: true });
    expect((await mirror.sync()).changes.speakers).toMatchObject({ removed: 0 });
  });

  test('can be switched off', async () => {
    const off = await mirrorOf({ step: '4-v1.2', env: { GREENROOM_GUARD_ENABLED: 'false' } });
    await off.sync();
    await off.upstream.show('5-v2.0');
    await expect(off.sync()).resolves.toBeDefined();
    await off.close();
  });
});

describe('a plan', () => {
  test('shows what the sync then does, and writes nothing that lasts', async () => {
    const before = await snapshot();
    const [counted] = await mirror.db.execute(sql`select count(*)::int as n from greenroom.transactions`);
    await mirror.upstream.show('5-v2.0');
    const plan = await mirror.plan();
    expect(plan.held).toEqual([
      '44 of 93 visible slots (47.3 %) would be removed, and the guard holds at 40 %.',
    ]);
    expect(plan.keys.schedule_slots.removed).toHaveLength(44);
    expect(await snapshot()).toEqual(before);
    expect(await mirror.db.execute(sql`select count(*)::int as n from greenroom.transactions`)).toMatchObject(
      [counted],
    );
    const result = await mirror.sync({ allowRemovals: true });
    expect(plan.result.changes).toEqual(result.changes);
  });
});
