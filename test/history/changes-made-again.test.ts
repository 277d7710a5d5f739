/** What was deleted by hand and mirrored again is the same to those who follow the changes. */
import { sql as drizzleSql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scheduleSlots } from '../../src/db/schema/index.ts';
import { changesOf } from '../../src/history/changes/index.ts';
import { reconcileVersions } from '../../src/history/reconcile/index.ts';
import { withTransaction } from '../../src/history/record.ts';
import { restoreConference } from '../../src/restore/index.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

let mirror: Mirror;
const sql = (text: string) => mirror.test.database.sql.unsafe(text);
beforeAll(async () => {
  mirror = await mirrorOf({ step: '1-v1.0' });
  await mirror.sync();
});
afterAll(() => mirror.close());

const lastTransaction = async () =>
  (await sql('select max(id)::int as id from greenroom.transactions'))[0]?.id;
const toldSince = async (afterTransaction: number) =>
  (await changesOf(mirror.db, { id: 1 }, { afterTransaction })).map(({ entity, key, kind, to }) => ({
    entity,
    key,
    kind,
    to,
  }));

test('neither when it is there again, nor when its deletion is recorded later, nor afterwards', async () => {
  const before = await lastTransaction();
  const [{ code }] = (await sql(
    `delete from greenroom.talks where pretalx_code in (select pretalx_code from greenroom.talks order by 1 limit 1)
     returning pretalx_code as code`,
  )) as unknown as [{ code: string }];
  const [speaker] = await sql(
    `select pretalx_code as code from greenroom.speakers s
      where biography <> '' and not exists (select from greenroom.talk_speakers l where l.speaker_id = s.id) order by 1 limit 1`,
  );
  expect(speaker).toBeDefined();
  await sql(`delete from greenroom.speakers where pretalx_code = '${speaker?.code}';
    delete from greenroom.rooms r where not exists (select from greenroom.schedule_slots s where s.room_id = r.id)`);
  await mirror.sync();
  expect(await toldSince(before)).toEqual([]);
  const mirroredAgain = await lastTransaction();
  await reconcileVersions(mirror.test.database, { actor: 'ada', delete: true });
  expect(await lastTransaction()).toBeGreaterThan(mirroredAgain);
  expect(await toldSince(mirroredAgain)).toEqual([]);
  const recorded = await lastTransaction();
  mirror.upstream.edit('submissions', (items) =>
    items.map((item) => (item.code === code ? { ...item, title: 'Another title' } : item)),
  );
  mirror.upstream.edit('speakers', (items) =>
    items.map((item) => (item.code === speaker?.code ? { ...item, biography: 'Counts.' } : item)),
  );
  await mirror.sync();
  const edited = [
    { entity: 'speaker', key: speaker?.code, kind: 'text', to: 'Counts.' },
    { entity: 'talk', key: code, kind: 'title', to: 'Another title' },
  ];
  expect(await toldSince(recorded)).toEqual(edited);
  expect(await toldSince(before)).toEqual(edited);
});

test('also where the one that was made again is gone, and only the deletion of that one is recorded', async () => {
  const slot = `where slot_key = 'break:101:2026-07-15T10:30Z'`;
  await sql(`delete from greenroom.schedule_slots ${slot}`);
  await mirror.sync();
  const [time] = await sql('select clock_timestamp() as now from pg_sleep(0.002)');
  await withTransaction(mirror.test.database, { actor: 'ada', conferenceId: 1 }, async (_, history) => {
    const gone = await sql(`delete from greenroom.schedule_slots ${slot} returning id::int`);
    history.deleted(
      scheduleSlots,
      gone.map(({ id }) => [id]),
    );
  });
  const gone = await lastTransaction();
  await mirror.sync();
  const told = await changesOf(mirror.db, { id: 1 }, { from: new Date(time?.now) });
  expect(told.map(({ key, kind }) => ({ key, kind }))).toEqual([
    { key: 'break:101:2026-07-15T10:30Z', kind: 'cancelled' },
    { key: 'break:101:2026-07-15T10:30Z', kind: 'new' },
  ]);
  expect(await toldSince(gone)).toMatchObject([{ kind: 'new' }]);
});

test('also where a restore has put the first one back in its place', async () => {
  const slot = `slot_key = 'break:101:2026-07-15T10:30Z'`;
  const [time] = await sql('select clock_timestamp() as now from pg_sleep(0.002)');
  await sql(`delete from greenroom.schedule_slots where ${slot}`);
  await mirror.sync();
  await restoreConference(
    mirror.test.database,
    mirror.config,
    await mirror.conference(),
    new Date(time?.now),
    { actor: 'ada' },
  );
  const restored = await lastTransaction();
  await withTransaction(mirror.test.database, { actor: 'ada', conferenceId: 1 }, async (tx, history) => {
    const renamed = await tx
      .update(scheduleSlots)
      .set({ title: 'Coffee' })
      .where(drizzleSql.raw(slot))
      .returning({ id: scheduleSlots.id });
    history.updated(
      scheduleSlots,
      renamed.map(({ id }) => [id]),
    );
  });
  expect(await toldSince(restored)).toMatchObject([{ kind: 'title', to: 'Coffee' }]);
});
