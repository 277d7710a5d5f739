import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changesOf } from '../../src/history/changes/index.ts';
import { reconcileVersions } from '../../src/history/reconcile/index.ts';
import { restoreConference } from '../../src/restore/index.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';
import { content } from '../support/mirror-content.ts';

let mirror: Mirror;
const sql = (text: string) => mirror.test.database.sql.unsafe(text);
beforeAll(async () => {
  mirror = await mirrorOf({ step: '1-v1.0' });
  await mirror.sync();
});
afterAll(() => mirror.close());

async function clock(): Promise<Date> {
  const [row] = await sql('select clock_timestamp() as now from pg_sleep(0.002)');
  await sql('select pg_sleep(0.002)');
  return new Date(row?.now);
}
const restore = async (asOf: Date) =>
  restoreConference(mirror.test.database, mirror.config, await mirror.conference(), asOf, {
    actor: 'organiser',
    allowRemovals: true,
  });
const idsOf = async (table: string, key: string) =>
  new Map((await sql(`select id, ${key} as key from greenroom.${table}`)).map((row) => [row.key, row.id]));

describe('restoring a mirror whose rows were deleted by hand and mirrored again', () => {
  test('puts back what they were, under the ids that they have now', async () => {
    const before = await content(mirror);
    const then = await clock();
    await sql(`
      create temporary table doomed as select id from greenroom.talks order by pretalx_code limit 3;
      delete from greenroom.activity_talks where talk_id in (select id from doomed);
      delete from greenroom.talks where id in (select id from doomed);
      delete from greenroom.speakers where pretalx_code in (select pretalx_code from greenroom.speakers order by 1 limit 5);
      update greenroom.schedule_slots set room_id = null; update greenroom.talks set room_id = null;
      update greenroom.activities set room_id = null; delete from greenroom.rooms`);
    await reconcileVersions(mirror.test.database, { actor: 'organiser', delete: true });
    await mirror.upstream.show('3-v1.1');
    await mirror.sync({ allowRemovals: true });
    expect(await content(mirror)).not.toEqual(before);
    const rooms = await idsOf('rooms', 'pretalx_id');
    const talks = await idsOf('talks', 'pretalx_code');

    await restore(then);
    expect(await content(mirror)).toEqual(before);
    expect(await idsOf('rooms', 'pretalx_id')).toEqual(rooms);
    expect(await idsOf('talks', 'pretalx_code')).toEqual(talks);
    const left = await reconcileVersions(mirror.test.database, { actor: null, delete: true, dryRun: true });
    expect(left.tables.flatMap((table) => table.diffs)).toEqual([]);
  });

  test('a restore can itself be restored, and twice is once', async () => {
    const restored = await content(mirror);
    const then = await clock();
    await mirror.upstream.show('4-v1.2');
    await mirror.sync({ allowRemovals: true });
    const synced = await content(mirror);
    const later = await clock();
    expect((await restore(then)).tables).not.toEqual([]);
    expect((await restore(then)).tables).toEqual([]);
    expect(await content(mirror)).toEqual(restored);
    await restore(later);
    expect(await content(mirror)).toEqual(synced);
  });

  test('a break that is back in its old row has not changed for those who read the programme', async () => {
    const then = await clock();
    await sql(`delete from greenroom.schedule_slots where slot_key = 'break:101:2026-07-15T10:30Z'`);
    await reconcileVersions(mirror.test.database, { actor: 'organiser', delete: true });
    await mirror.sync({ allowRemovals: true });
    const later = await clock();
    await restore(then);
    expect(await changesOf(mirror.db, { id: 1 }, { from: later })).toEqual([]);
  });

  test('that nobody recorded the deletion of is the same', async () => {
    await sql(`delete from greenroom.schedule_slots where id % 5 = 0;
      delete from greenroom.activity_talks where talk_id % 5 = 0; delete from greenroom.talks where id % 5 = 0;
      delete from greenroom.speakers where id % 5 = 0`);
    mirror.upstream.edit('submissions', (items) =>
      items.map((item) => ({ ...item, title: `${item.title}!` })),
    );
    await mirror.sync({ allowRemovals: true });
    // Talks that did not change have lost their links to the speakers who were made again.
    await sql(`update greenroom.talks set content_hash = ''`);
    await mirror.sync();
    const before = await content(mirror);
    const then = await clock();
    await mirror.upstream.show('5-v2.0');
    await mirror.sync({ allowRemovals: true });
    expect(await content(mirror)).not.toEqual(before);
    const { tables } = await restore(then);
    for (const { keys } of tables) expect(new Set(keys.changed).size).toBe(keys.changed.length);
    expect(await content(mirror)).toEqual(before);
  });

  test('corrections stay as they are now', async () => {
    const then = await clock();
    await sql(`insert into greenroom.overrides (conference_id, entity, key, field, value, set_by)
      values (1, 'room', '101', 'name', '"Corrected"', 'me')`);
    await restore(then);
    expect(await sql('select value from greenroom.overrides')).toEqual([{ value: 'Corrected' }]);
  });
});
