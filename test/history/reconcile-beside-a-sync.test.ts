import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tx } from '../../src/db/client.ts';
import { rooms } from '../../src/db/schema/index.ts';
import { reconcileVersions } from '../../src/history/reconcile/index.ts';
import { Recorder } from '../../src/history/record.ts';
import { setTriggers } from '../../src/history/triggers.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await db.database.sql`insert into greenroom.conferences (slug, name) values ('demo', 'Demo')`;
});
afterAll(() => db.drop());

const reconcile = () => reconcileVersions(db.database, { actor: null, tables: ['rooms'], delete: true });
const info = { actor: 'sync', conferenceId: 1 };

async function addRoom(tx: Tx, pretalxId: number): Promise<Recorder> {
  const history = new Recorder();
  const room = { conferenceId: 1, contentHash: '', pretalxId, name: 'Room', nameI18n: {} };
  const made = await tx.insert(rooms).values(room).returning({ id: rooms.id });
  history.inserted(
    rooms,
    made.map((row) => [row.id]),
  );
  return history;
}
const versions = (pretalxId: number) =>
  db.database.sql`select operation_type as op from greenroom.rooms_versions where pretalx_id = ${pretalxId}`;

test('a sync that has not written its versions yet is not seen, and writes them afterwards', async () => {
  await db.database.orm.transaction(async (tx) => {
    const history = await addRoom(tx, 1);
    expect((await reconcile()).transaction_id).toBeNull();
    await history.write(tx, info);
  });
  expect(await versions(1)).toEqual([{ op: 0 }]);
});

test('one that has is waited for, and then seen with its versions', async () => {
  let waiting: ReturnType<typeof reconcile> | undefined;
  let isDone = false;
  await db.database.orm.transaction(async (tx) => {
    const history = await addRoom(tx, 2);
    await history.write(tx, info);
    waiting = reconcile();
    void waiting.then(() => {
      isDone = true;
    });
    await sleep(300);
    expect(isDone).toBe(false);
  });
  expect((await waiting)?.transaction_id).toBeNull();
  expect(await versions(2)).toEqual([{ op: 0 }]);
});

async function renameAsSync(pretalxId: number): Promise<void> {
  await db.database.orm.transaction(async (tx) => {
    const history = new Recorder();
    const changed = await tx
      .update(rooms)
      .set({ name: 'later' })
      .where(eq(rooms.pretalxId, pretalxId))
      .returning({ id: rooms.id });
    history.updated(
      rooms,
      changed.map((row) => [row.id]),
    );
    await history.write(tx, info);
  });
}

async function renameWithTriggers(pretalxId: number): Promise<void> {
  await db.database.sql`update greenroom.rooms set name = 'later' where pretalx_id = ${pretalxId}`;
}

test.each([
  { who: 'a sync', pretalxId: 3, rename: renameAsSync },
  { who: 'a person, with triggers on,', pretalxId: 4, rename: renameWithTriggers },
])(
  '$who that waits for it is later, and ends the versions that it wrote meanwhile',
  async ({ pretalxId, rename }) => {
    const { orm, sql } = db.database;
    await orm.transaction(async (tx) => (await addRoom(tx, pretalxId)).write(tx, info));
    await sql`update greenroom.rooms set name = 'by hand' where pretalx_id = ${pretalxId}`;
    await setTriggers(db.database, rename === renameWithTriggers);
    const slow = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const holding = sql.begin(async (own) => {
      await own`lock table greenroom.talks in access exclusive mode`;
      locked.resolve();
      await slow.promise;
    });
    await locked.promise;
    const waitFor = (table: string) =>
      expect
        .poll(
          () => sql`select from pg_locks where not granted and relation = ${`greenroom.${table}`}::regclass`,
        )
        .toHaveLength(1);
    const reconciling = reconcileVersions(db.database, { actor: null, tables: ['rooms', 'talks'] });
    await waitFor('talks');
    const renaming = rename(pretalxId);
    await waitFor('rooms_versions');
    slow.resolve();
    await Promise.all([holding, reconciling, renaming]);
    expect(
      await sql`select name, coalesce(b.issued_at < e.issued_at, true) as "endsLater" from greenroom.rooms_versions v
      join greenroom.transactions b on b.id = v.transaction_id left join greenroom.transactions e on e.id = v.end_transaction_id
      where pretalx_id = ${pretalxId} order by b.issued_at`,
    ).toEqual(['Room', 'by hand', 'later'].map((name) => ({ name, endsLater: true })));
    await setTriggers(db.database, false);
  },
);

test('two at once write each difference once', async () => {
  await db.database.sql`insert into greenroom.rooms (conference_id, content_hash, pretalx_id, name, name_i18n)
    select 1, '', n, 'Room', '{}' from generate_series(10, 500) n`;
  const [one, other] = await Promise.all([reconcile(), reconcile()]);
  expect((one?.tables[0]?.created ?? 0) + (other?.tables[0]?.created ?? 0)).toBe(491);
  expect((await reconcile()).tables[0]).toMatchObject({ created: 0, several_latest: [] });
});
