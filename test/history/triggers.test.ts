import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rooms } from '../../src/db/schema/index.ts';
import { reconcileVersions } from '../../src/history/reconcile/index.ts';
import { withTransaction } from '../../src/history/record.ts';
import { registerTable } from '../../src/history/tables.ts';
import { setTriggers, triggersState } from '../../src/history/triggers.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let db: TestDatabase;
const sql = (text: string) => db.database.sql.unsafe(text);
const versionsOf = (key: number) =>
  sql(`select name, operation_type as op, end_transaction_id is null as open from greenroom.rooms_versions
        where pretalx_id = ${key} order by transaction_id, id`);
const insert = (key: number, name = `Room ${key}`) =>
  `insert into greenroom.rooms (conference_id, content_hash, pretalx_id, name, name_i18n) values (1, '', ${key}, '${name}', '{}');`;
const count = async () =>
  (await sql('select count(*)::int as n from greenroom.transactions'))[0]?.n as number;

beforeAll(async () => {
  db = await createTestDatabase();
  await sql(`insert into greenroom.conferences (slug, name) values ('demo', 'Demo'); ${insert(1)}`);
  await reconcileVersions(db.database, { actor: null });
  await setTriggers(db.database, true);
});
afterAll(() => db.drop());

describe('with triggers on, a change by hand in SQL', () => {
  test('writes its version, with the database user as the actor', async () => {
    await sql(`update greenroom.rooms set name = 'Main' where pretalx_id = 1`);
    expect(await versionsOf(1)).toEqual([
      { name: 'Room 1', op: 0, open: false },
      { name: 'Main', op: 1, open: true },
    ]);
    const [last] = await sql(
      'select *, session_user as me from greenroom.transactions order by id desc limit 1',
    );
    expect(last?.actor).toBe(last?.me);
  });

  test('writes nothing when it changes nothing', async () => {
    const before = await count();
    await sql(
      `update greenroom.rooms set name = name; delete from greenroom.rooms where false; update greenroom.rooms set name = 'x' where false`,
    );
    expect(await count()).toBe(before);
  });

  test('several statements of one transaction are one version of each row', async () => {
    const before = await count();
    await sql(
      `${insert(2)} update greenroom.rooms set name = 'Two' where pretalx_id = 2; update greenroom.rooms set name = 'Second' where pretalx_id = 2`,
    );
    expect(await versionsOf(2)).toEqual([{ name: 'Second', op: 0, open: true }]);
    expect(await count()).toBe(before + 1);
  });

  test('what a transaction makes and deletes again leaves no trace', async () => {
    await sql(`${insert(3)} delete from greenroom.rooms where pretalx_id = 3`);
    expect(await versionsOf(3)).toEqual([]);
  });

  test('a deletion keeps the previous values, and an update before it in the same transaction too', async () => {
    await sql(insert(4));
    await sql(
      `update greenroom.rooms set name = 'Four' where pretalx_id = 4; delete from greenroom.rooms where pretalx_id = 4`,
    );
    expect(await versionsOf(4)).toEqual([
      { name: 'Room 4', op: 0, open: false },
      { name: 'Four', op: 2, open: true },
    ]);
  });

  test('rolled back, nothing', async () => {
    const before = await count();
    await expect(sql(`${insert(5)} select 1 / 0`)).rejects.toThrow(/division by zero/);
    expect(await count()).toBe(before);
    expect(await versionsOf(5)).toEqual([]);
  });

  test('many rows in one statement; a changed primary key is another row', async () => {
    await sql(`${insert(6)} ${insert(7)}`);
    await sql(`update greenroom.rooms set name = name || '!' where pretalx_id in (6, 7)`);
    expect(await versionsOf(6)).toHaveLength(2);
    await sql(`update greenroom.rooms set id = default where pretalx_id = 7`);
    expect((await versionsOf(7)).map((v) => [v.op, v.open])).toEqual([
      [0, false],
      [1, false],
      [2, true],
      [0, true],
    ]);
  });

  test('a link that is replaced in one transaction is changed, not doubled', async () => {
    await sql(`insert into greenroom.overrides (conference_id, entity, key, field, value, set_by) values (1, 'talk', 'A', 'title', '"x"', 'me');
      `);
    await sql(
      `delete from greenroom.overrides; insert into greenroom.overrides (conference_id, entity, key, field, value, set_by) values (1, 'talk', 'A', 'title', '"y"', 'me')`,
    );
    const versions = await sql(
      `select value, operation_type as op, end_transaction_id is null as open from greenroom.overrides_versions order by transaction_id`,
    );
    expect(versions).toEqual([
      { value: 'x', op: 0, open: false },
      { value: 'y', op: 1, open: true },
    ]);
  });

  test('truncate counts as deleting all', async () => {
    await sql('truncate greenroom.overrides');
    const open = await sql(
      `select operation_type as op from greenroom.overrides_versions where end_transaction_id is null`,
    );
    expect(open).toEqual([{ op: 2 }]);
  });

  test('afterwards the versions are true to the live tables', async () => {
    const report = await reconcileVersions(db.database, { actor: null, delete: true });
    expect(report.transaction_id).toBeNull();
    expect(report.tables.flatMap((table) => table.several_latest)).toEqual([]);
  });
});

test('what greenroom records itself is not recorded twice', async () => {
  const before = await count();
  await withTransaction(db.database, { actor: 'tester' }, async (tx, history) => {
    const changed = await tx
      .update(rooms)
      .set({ name: 'Recorded' })
      .where(eq(rooms.pretalxId, 1))
      .returning({ id: rooms.id });
    history.updated(
      rooms,
      changed.map((row) => [row.id]),
    );
  });
  expect(await count()).toBe(before + 1);
  expect((await versionsOf(1)).at(-1)).toEqual({ name: 'Recorded', op: 1, open: true });
});

test('switched off, changes by hand are no longer recorded', async () => {
  expect((await triggersState(db.database.orm)).every((table) => table.triggers)).toBe(true);
  await setTriggers(db.database, false);
  expect((await triggersState(db.database.orm)).some((table) => table.triggers)).toBe(false);
  const before = await count();
  await sql(`update greenroom.rooms set name = 'Unseen'`);
  expect(await count()).toBe(before);
});

describe('the triggers, which run as their owner,', () => {
  test('call no operator that somebody made in schema public', async () => {
    await sql(`
      create table public.named (name varchar primary key, n int);
      create function public.spied(varchar, varchar) returns boolean language plpgsql as
        'begin raise exception ''called as %'', current_user; end';
      create operator public.= (leftarg = varchar, rightarg = varchar, function = public.spied)`);
    await registerTable(db.database.orm, 'public.named');
    await setTriggers(db.database, true);
    await sql(`insert into public.named values ('a', 1)`);
    await sql(`update public.named set n = 2`);
    expect(
      await sql(`select n, operation_type as op from public.named_versions order by transaction_id`),
    ).toEqual([
      { n: 1, op: 0 },
      { n: 2, op: 1 },
    ]);
    await sql(`drop operator public.= (varchar, varchar)`);
  });

  test.each(['that of somebody else', 'no number', '9'.repeat(30)])(
    'hang a change on no other transaction when the setting says %s',
    async (said) => {
      const [others] = await sql(
        'select id, issued_at, actor from greenroom.transactions order by id limit 1',
      );
      const before = await count();
      const setting = said.startsWith('that') ? others?.id : said;
      await sql(
        `select set_config('greenroom.transaction_id', '${setting}', true); ${insert(8)} update greenroom.rooms set name = 'Eight' where pretalx_id = 8; delete from greenroom.rooms where pretalx_id = 1`,
      );
      expect(await count()).toBe(before + 1);
      expect(
        await sql(`select id, issued_at, actor from greenroom.transactions order by id limit 1`),
      ).toEqual([others]);
      expect((await versionsOf(8)).at(-1)).toEqual({ name: 'Eight', op: 0, open: true });
      await sql(`delete from greenroom.rooms where pretalx_id = 8; ${insert(1)}`);
    },
  );

  test('are the only ones that tell when a transaction was', async () => {
    const role = `intruder_${process.pid}`;
    await sql(`create role ${role}; grant usage on schema greenroom to ${role}`);
    await expect(
      sql(
        `set local role ${role}; select set_config('greenroom.transaction_id', '1', true), greenroom.history_transaction()`,
      ),
    ).rejects.toThrow(/permission denied for function history_transaction/);
    await sql(`drop owned by ${role}; drop role ${role}`);
  });

  test('can be put on no table by others, whose own triggers on its versions would run as that owner', async () => {
    const role = `intruder_${process.pid}`;
    await sql(`create role ${role}; grant usage on schema greenroom to ${role}`);
    await expect(
      sql(`
        set local role ${role};
        create temp table t (id int primary key);
        create trigger t after insert on t referencing new table as new_rows
          for each statement execute function greenroom.history_record()`),
    ).rejects.toThrow(/permission denied for function (greenroom\.)?history_record/);
    await sql(`drop owned by ${role}; drop role ${role}`);
  });
});
