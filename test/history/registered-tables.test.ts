/** Tables of users, as odd as they come. */
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { UsageError } from '../../src/errors.ts';
import { reconcileVersions, renderReport } from '../../src/history/reconcile/index.ts';
import { requireRegistrable } from '../../src/history/registrable.ts';
import { registerTable } from '../../src/history/tables.ts';
import { setTriggers, triggersState } from '../../src/history/triggers.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let db: TestDatabase;
const sql = (text: string) => db.database.sql.unsafe(text);
const triggersOn = (table: string) => sql(`select greenroom.history_triggers('${table}', true)`);
const register = async (name: string) => {
  await requireRegistrable(db.database.orm, name);
  return registerTable(db.database.orm, name);
};
const reconcile = async (name: string) =>
  (await reconcileVersions(db.database, { actor: 'me', tables: [name], delete: true })).tables[0];

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

describe('a table that can have no history is refused before anything is made', () => {
  const long = 'ü'.repeat(28);
  test.each([
    ['public.ticketing', '(id int primary key, transaction_id int)', /need transaction_id for themselves/],
    [
      'public.dated',
      '(id int primary key, operation_type int, end_transaction_id int)',
      /need operation_type and end_transaction_id/,
    ],
    [
      'public.taken',
      '(id int primary key); create table public.taken_versions (id int, note text)',
      /"public.taken_versions" is there already/,
    ],
    [
      'public.covered',
      '(id int, name text, "No" int, primary key (id) include (name, "No"))',
      /its primary key includes name and No, which is no part of the key/,
    ],
    [`public."${long}"`, '(id int primary key)', /longer than the 63 bytes/],
  ])('%s', async (name, definition, reason) => {
    await sql(`create table ${name} ${definition}`);
    await expect(register(name)).rejects.toThrow(UsageError);
    await expect(register(name)).rejects.toThrow(reason);
    expect(
      await sql(`select from pg_proc where proname like '%as_of' and pronamespace = 'public'::regnamespace`),
    ).toEqual([]);
  });

  test('one beside which a function of the user has the name of its as-of function, which stays', async () => {
    await sql(`create table public.mine (id int primary key); create function public.mine_as_of(at timestamptz)
      returns setof public.mine language sql stable as 'select 7'`);
    await expect(register('public.mine')).rejects.toThrow(
      /"public.mine_as_of" is a function of yours already/,
    );
    expect(await sql('select * from public.mine_as_of(now())')).toEqual([{ id: 7 }]);
    await sql('drop function public.mine_as_of');
    await register('public.mine');
    await register('public.mine');
  });

  test('a version table', async () => {
    await expect(register('rooms_versions')).rejects.toThrow(/version table itself/);
  });

  test.each(['transactions', 'greenroom.sync_runs', 'conferences', 'found_equal'])(
    "greenroom's own notes: %s",
    async (name) => {
      await expect(register(name)).rejects.toThrow(/what greenroom notes about its own work/);
    },
  );

  test('a table of PostgreSQL', async () => {
    await expect(register('pg_catalog.pg_class')).rejects.toThrow(/one of PostgreSQL itself/);
  });

  test('one that the database user may not read, or beside which it may make no table', async () => {
    const role = `limited_${process.pid}`;
    await sql(`create role ${role} login password 'x'; create schema theirs;
      create table theirs.hidden (id int primary key); create table theirs.seen (id int primary key);
      grant usage on schema theirs, greenroom to ${role}; grant select on theirs.seen to ${role}`);
    const url = Object.assign(new URL(db.url), { username: role, password: 'x' });
    const limited = openDatabase(url.href, { maxConnections: 1 });
    const refusal = (name: string) => expect(requireRegistrable(limited.orm, name)).rejects;
    await refusal('theirs.hidden').toThrow(`the database user "${role}" may not read it`);
    await refusal('theirs.seen').toThrow(/may not make tables in schema "theirs". Grant it create/);
    await limited.close();
    await sql(`drop owned by ${role}; drop role ${role}`);
  });
});

test('columns named as the statements name their own things are only columns', async () => {
  const names = [
    'at',
    'v',
    'l',
    'd',
    't',
    'r',
    'o',
    'w',
    'k1',
    'l1',
    'v1',
    'kind',
    'version',
    'excluded',
    'live',
  ];
  await sql(`create table public.words (id int, ${names.map((name) => `"${name}" text`).join(', ')}, primary key (id, "at"));
    insert into public.words (id, "at", v) select n, 'x', 'one' from generate_series(1, 3) n`);
  await register('public.words');
  expect(await reconcile('public.words')).toMatchObject({ created: 3 });
  const [time] = await sql('select clock_timestamp()::text as now from pg_sleep(0.01)');
  await sql(`update public.words set v = 'two' where id = 1; delete from public.words where id = 2`);
  expect(await reconcile('public.words')).toMatchObject({ updated: 1, deleted: 1 });
  const asOf = (at: string) => sql(`select id, v from public.words_as_of('${at}') order by id`);
  expect(await asOf(time?.now)).toEqual([1, 2, 3].map((id) => ({ id, v: 'one' })));
  expect(await asOf('now')).toEqual([
    { id: 1, v: 'two' },
    { id: 3, v: 'one' },
  ]);
  expect(await asOf('2020-01-01')).toEqual([]);
  await triggersOn('public.words');
  await sql(
    `update public.words set v = 'three' where id = 3; insert into public.words (id, "at") values (4, 'y'); delete from public.words where id = 1`,
  );
  expect(await reconcile('public.words')).toMatchObject({ created: 0, updated: 0, deleted: 0, unchanged: 2 });
});

test('numbers that are longer than JavaScript holds keep their digits in the report, as text', async () => {
  await sql(`create table public.long (id bigint primary key, amount numeric);
    insert into public.long values (9007199254740993, 1), (9007199254740995, 0.12345678901234567890), (7, 1.5)`);
  await register('public.long');
  expect((await reconcile('public.long'))?.diffs).toMatchObject([
    { key: { id: 7 }, fields: { amount: { to: 1.5 } } },
    { key: { id: '9007199254740993' }, fields: { amount: { to: 1 } } },
    { key: { id: '9007199254740995' }, fields: { amount: { to: '0.12345678901234567890' } } },
  ]);
  await sql(`insert into public.long_versions select id, amount, 0, null, 0 from public.long where id > 7`);
  expect((await reconcile('public.long'))?.several_latest).toMatchObject([
    { key: { id: '9007199254740993' } },
    { key: { id: '9007199254740995' } },
  ]);
  await sql(`create table public.longer as table public.long; update public.longer set id = 9007199254740993;
    alter table public.longer add column n serial primary key`);
  await register('public.longer');
  await expect(
    reconcileVersions(db.database, { actor: 'me', tables: ['public.longer'], key: ['id'] }),
  ).rejects.toThrow(/have \["9007199254740993"\]/);
});

test('partitioned, in upper case, with a key that is not its first column', async () => {
  await sql(`create table public."Shifts" (note text, "Day" date, helper int, primary key (helper, "Day")) partition by range ("Day");
    create table public."Shifts 26" partition of public."Shifts" for values from ('2026-01-01') to ('2027-01-01');
    insert into public."Shifts" values ('early', '2026-07-15', 1), (null, '2026-07-16', 1)`);
  await register('public."Shifts"');
  expect(await reconcile('public.Shifts')).toMatchObject({ created: 2 });
  await sql(`update public."Shifts" set note = 'late' where note is null`);
  expect(await reconcile('public.Shifts')).toMatchObject({
    updated: 1,
    diffs: [{ key: { helper: 1, Day: '2026-07-16' }, fields: { note: { from: null, to: 'late' } } }],
  });
});

test('one that is altered while its triggers are on goes on, and new columns are in its history', async () => {
  await sql(
    `create table public.helpers (id int primary key, name varchar(5)); insert into public.helpers values (1, 'Ada')`,
  );
  await register('public.helpers');
  await reconcile('public.helpers');
  await triggersOn('public.helpers');
  await sql(`alter table public.helpers add shirt text, alter name type text;
    update public.helpers set shirt = 'M', name = 'Ada Lovelace'`);
  expect(await reconcile('public.helpers')).toMatchObject({ updated: 0, unchanged: 1 });
  expect(await sql('select name, shirt from public.helpers_as_of(now())')).toEqual([
    { name: 'Ada Lovelace', shirt: 'M' },
  ]);
  await sql('alter table public.helpers drop shirt');
  await register('public.helpers');
  expect(await sql('select * from public.helpers_as_of(now())')).toEqual([{ id: 1, name: 'Ada Lovelace' }]);
  expect((await triggersState(db.database.orm)).find((row) => row.table === 'public.helpers')).toEqual({
    table: 'public.helpers',
    triggers: true,
  });
});

test('one that lost a column goes on, and is named with what renews its as-of function', async () => {
  await sql(`create table public."Lost" (id int primary key, "Gone" text, b text);
    insert into public."Lost" values (1, 'x', 'y')`);
  await register('public.Lost');
  const report = () => reconcileVersions(db.database, { actor: 'me', delete: true });
  expect((await report()).altered).toEqual([]);
  await sql(`alter table public."Lost" drop column "Gone"; update public."Lost" set b = 'z'`);
  await expect(sql(`select * from public."Lost_as_of"(now())`)).rejects.toThrow(/return type mismatch/);
  const { tables, altered } = await report();
  expect(tables.find(({ table }) => table === 'public.Lost')).toMatchObject({ updated: 1 });
  expect(altered).toMatchObject([
    { table: 'public.Lost', reason: expect.stringMatching(/Lost_as_of fails.*--register public\.Lost$/) },
  ]);
  const asked = { actor: 'me', delete: true, tables: ['public.Lost'] };
  const said = renderReport(await reconcileVersions(db.database, asked), asked);
  expect(said).toBe('The versions are true to the live tables.');
  await register('public.Lost');
  expect((await report()).altered).toEqual([]);
  expect(await sql(`select * from public."Lost_as_of"(now())`)).toEqual([{ id: 1, b: 'z' }]);
});

test('one whose key column was renamed or dropped keeps no other waiting, and goes on once its versions follow', async () => {
  await sql(
    `create table public.keyed (id int primary key, name text); insert into public.keyed values (1, 'Ada')`,
  );
  await register('public.keyed');
  await reconcile('public.keyed');
  await sql(`alter table public.keyed rename id to badge; update public.keyed set name = 'Ada Lovelace'`);
  const reason = /primary key is \(badge\) now, .*renamed, rename it in "public.keyed_versions" too/;
  await expect(register('public.keyed')).rejects.toThrow(reason);
  await expect(reconcile('public.keyed')).rejects.toThrow(reason);
  const { tables, altered } = await reconcileVersions(db.database, { actor: 'me' });
  expect(tables.map(({ table }) => table)).toContain('rooms');
  expect(altered).toMatchObject([{ table: 'public.keyed', reason: expect.stringMatching(reason) }]);
  await sql('alter table public.keyed_versions rename id to badge');
  await register('public.keyed');
  expect(await reconcile('public.keyed')).toMatchObject({ created: 0, updated: 1 });
  await sql('alter table public.keyed drop badge, add primary key (name)');
  await expect(register('public.keyed')).rejects.toThrow(/primary key is \(name\) now/);
  await sql('drop table public.keyed cascade');
});

test('a column whose domain old versions do not fit is refused with what to do', async () => {
  await sql(`create domain public.known as text not null; create table public.typed (id int primary key);
    insert into public.typed values (1)`);
  await register('public.typed');
  await reconcile('public.typed');
  await sql(`alter table public.typed add colour public.known default 'red'`);
  await expect(register('public.typed')).rejects.toThrow(
    /can't be altered as the table was: domain known does/,
  );
  await sql('drop table public.typed cascade');
});

test('a table of another owner keeps its triggers, and is named', async () => {
  const role = `owner_${process.pid}`;
  await sql(`create role ${role}; create table public.lent (id int primary key)`);
  await register('public.lent');
  await sql(
    `grant usage on schema greenroom to ${role}; grant select on all tables in schema greenroom, public to ${role}`,
  );
  const foreign = await db.database.orm.transaction(async (tx) => {
    await tx.execute(`set local role ${role}`);
    return setTriggers({ ...db.database, orm: tx as never }, true);
  });
  expect(foreign).toContain('"public"."lent"');
  await sql(`drop owned by ${role}; drop role ${role}`);
});

test('generated columns, virtual ones too, are in every version, whoever writes it', async () => {
  const [server] = await sql(`select current_setting('server_version_num')::int >= 180000 as "hasVirtual"`);
  const kind = server?.hasVirtual ? 'virtual' : 'stored';
  await sql(`create table public.prices (id int primary key, net int, "r" int generated always as (net * 119 / 100) ${kind});
    insert into public.prices values (1, 100)`);
  await register('public.prices');
  await reconcile('public.prices');
  await triggersOn('public.prices');
  await sql(`insert into public.prices values (2, 200), (3, 300); update public.prices set net = 1000 where id = 1;
    update public.prices set net = net; delete from public.prices where id = 3`);
  await sql('update public.prices set id = 4 where id = 2; delete from public.prices where id = 4');
  expect(
    await sql(`select id, r, operation_type as op, end_transaction_id is null as open from public.prices_versions
      order by id, transaction_id`),
  ).toEqual([
    { id: 1, r: 119, op: 0, open: false },
    { id: 1, r: 1190, op: 1, open: true },
    { id: 2, r: 238, op: 0, open: false },
    { id: 2, r: 238, op: 2, open: true },
  ]);
  expect(await reconcile('public.prices')).toMatchObject({
    created: 0,
    updated: 0,
    deleted: 0,
    unchanged: 1,
  });
  expect(await sql('select * from public.prices_as_of(now())')).toEqual([{ id: 1, net: 1000, r: 1190 }]);
});

describe('with triggers on, its owner can write a table whatever became of it', () => {
  const warnings: string[] = [];
  const written = async (text: string) => {
    const own = postgres(db.url, { max: 1, onnotice: ({ message }) => void warnings.push(message ?? '') });
    warnings.length = 0;
    await own.unsafe(text);
    await own.end();
  };

  test('renamed: its history goes on once that is renamed likewise', async () => {
    await sql('create table public.badges (id int primary key, name text)');
    await register('public.badges');
    await triggersOn('public.badges');
    await written(`alter table public.badges rename to passes; insert into public.passes values (1, 'Ada')`);
    expect(warnings).toEqual([
      expect.stringMatching(/no version of what was written to public.passes just now: .*passes_versions/),
    ]);
    await sql('alter table public.badges_versions rename to passes_versions');
    await register('public.passes');
    expect(await reconcile('public.passes')).toMatchObject({ created: 1 });
    await written(`update public.passes set name = 'Ada Lovelace'`);
    expect(warnings).toEqual([]);
    expect(await sql('select name from public.passes_as_of(now())')).toEqual([{ name: 'Ada Lovelace' }]);
  });

  test('renamed: triggers off reaches it', async () => {
    await sql('alter table public.passes rename to cards');
    await setTriggers(db.database, false);
    expect(await sql(`select tgrelid::regclass from pg_trigger where tgname ~ '^greenroom_history'`)).toEqual(
      [],
    );
    await setTriggers(db.database, true);
  });

  test('with a type that old versions do not fit, or another primary key, or none', async () => {
    await sql(
      `create table public.desks (id int primary key, place text); insert into public.desks values (1, 'left')`,
    );
    await register('public.desks');
    await reconcile('public.desks');
    await triggersOn('public.desks');
    await written(`alter table public.desks alter place type int using 1; update public.desks set place = 2`);
    expect(warnings).toEqual([expect.stringMatching(/public.desks just now: .*integer: "left"/)]);
    await expect(register('public.desks')).rejects.toThrow(
      /can't be altered as the table was: .*Alter it by hand/,
    );
    await sql(`alter table public.desks alter place type text;
      alter table public.desks drop constraint desks_pkey, add primary key (id, place)`);
    await written(`update public.desks set place = 'right'`);
    expect(warnings).toEqual([expect.stringMatching(/ON CONFLICT/)]);
    await sql('alter table public.desks drop constraint desks_pkey');
    await written(`update public.desks set place = 'left'`);
    expect(warnings).toHaveLength(1);
    expect(await sql('select place from public.desks')).toEqual([{ place: 'left' }]);
  });

  test('with a column of a domain that refuses what old versions have of it, which is nothing', async () => {
    await sql(`create domain public.level as int not null;
      create table public.lifts (id int primary key, name text); insert into public.lifts values (1, 'left')`);
    await register('public.lifts');
    await reconcile('public.lifts');
    await triggersOn('public.lifts');
    await sql('alter table public.lifts add level public.level default 1');
    await written(`update public.lifts set name = 'right'`);
    expect(warnings).toEqual([
      expect.stringMatching(/public.lifts just now: domain public.level does not allow/),
    ]);
    expect(await sql('select name from public.lifts')).toEqual([{ name: 'right' }]);
  });
});

describe('with triggers on, a key whose type is an extension’s', () => {
  const written = async (type: string, key: string, other: string) => {
    await sql(`create schema if not exists ext; create extension ${type} schema ext;
      create domain ext.own_${type} as ext.${type};
      create function ext.spied(ext.own_${type}, ext.own_${type}) returns boolean language plpgsql as
        'begin raise exception ''called as %'', current_user; end';
      create operator ext.= (leftarg = ext.own_${type}, rightarg = ext.own_${type}, function = ext.spied);
      create table public.of_${type} (place ext.own_${type} primary key, name text)`);
    await register(`public.of_${type}`);
    await triggersOn(`public.of_${type}`);
    await sql(`insert into public.of_${type} values ('${key}', 'new')`);
    await sql(`update public.of_${type} set name = 'changed'`);
    await sql(`update public.of_${type} set place = '${other}'`);
    return sql(`select place::text, name, operation_type as op, end_transaction_id is null as open
      from public.of_${type}_versions order by transaction_id, operation_type desc`);
  };

  test.each([
    ['ltree', 'top.left', 'top.right'],
    ['hstore', '"a"=>"1"', '"a"=>"2"'],
  ])('is compared as the extension does, and by nothing else: %s', async (type, key, other) => {
    expect(await written(type, key, other)).toEqual([
      { place: key, name: 'new', op: 0, open: false },
      { place: key, name: 'changed', op: 1, open: false },
      { place: key, name: 'changed', op: 2, open: true },
      { place: other, name: 'changed', op: 0, open: true },
    ]);
  });

  test('is the same one in other capitals: citext', async () => {
    expect(await written('citext', 'Ada', 'ADA')).toEqual([
      { place: 'Ada', name: 'new', op: 0, open: false },
      { place: 'Ada', name: 'changed', op: 1, open: false },
      { place: 'ADA', name: 'changed', op: 1, open: true },
    ]);
  });
});

test('names with dollars in them are names: nothing of them is run, also not where a trigger renews the function', async () => {
  const name = 'a$$;drop table public.victim;select $$';
  await sql(
    `create table public.victim (id int primary key); create table public."do$$" (id int primary key, "b$$" int)`,
  );
  await register('public.do$$');
  await setTriggers(db.database, true);
  await sql(`insert into public."do$$" values (1, 2);
    set check_function_bodies = off; alter table public."do$$" add "${name}" int; set check_function_bodies = on;
    update public."do$$" set "${name}" = 3`);
  await setTriggers(db.database, false);
  expect(await sql(`select * from public."do$$_as_of"(clock_timestamp())`)).toEqual([
    { id: 1, b$$: 2, [name]: 3 },
  ]);
  expect(await sql('select * from public.victim')).toEqual([]);
});
