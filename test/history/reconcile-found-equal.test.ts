/** What was found equal is not compared again, and is forgotten in time. */
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { LimitExceededError } from '../../src/errors.ts';
import { reconcileVersions } from '../../src/history/reconcile/index.ts';
import { registerTable } from '../../src/history/tables.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let db: TestDatabase;
const sql = (text: string) => db.database.sql.unsafe(text);
const register = (name = 'public.badges') => registerTable(db.database.orm, name);
const reconcile = async (options: Partial<Parameters<typeof reconcileVersions>[1]> = {}) => {
  const asked = { actor: 'tester', tables: ['public.badges'], delete: true, ...options };
  const [table] = (await reconcileVersions(db.database, asked)).tables;
  return { created: table?.created, updated: table?.updated, deleted: table?.deleted };
};
const nothing = { created: 0, updated: 0, deleted: 0 };
const one = { ...nothing, updated: 1 };
const known = () => sql(`select shape, before::text, by::text from greenroom.found_equal`);

/** Changes a row and claims that it was found equal like this: who believes it doesn't compare. */
const lie = () =>
  sql(`update public.badges set name = name || '?' where id = 7;
    update greenroom.found_equal set by = pg_current_xact_id(), before = pg_current_xact_id()`);

const inPart = (statement: string) =>
  `do $$ begin begin ${statement}; exception when others then raise; end; end $$`;

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  await sql(`truncate greenroom.found_equal;
    drop table if exists public.badges, public.badges_versions cascade; drop function if exists public.badges_as_of;
    create table public.badges (id integer primary key, name text, body text);
    insert into public.badges select n, 'Name ' || n, repeat(md5(n::text), 100) from generate_series(1, 20) n`);
  await register();
  await reconcile();
});

test('what was found equal is not compared again', async () => {
  await lie();
  expect(await reconcile()).toEqual(nothing);
  await sql('truncate greenroom.found_equal');
  expect(await reconcile()).toEqual(one);
  expect(await reconcile()).toEqual(nothing);
});

test('a run that finds nothing to compare leaves what is known as it is', async () => {
  // Transactions that other tests have open on this server keep a run from knowing the newest rows.
  await vi.waitFor(async () => {
    const before = await known();
    await reconcile();
    expect(await known()).toEqual(before);
  }, 10_000);
});

describe('an edit by hand is found', () => {
  test.each([
    ['in the live table', `update public.badges set name = 'Ada' where id = 7`, one],
    ['in the versions', `update public.badges_versions set body = 'Ada' where id = 7`, one],
    ['to the same value, which is none', `update public.badges set name = name`, nothing],
    [
      'that is taken back, which is none',
      `update public.badges set name = 'Ada'; update public.badges set name = 'Name ' || id`,
      nothing,
    ],
    ['that deletes a version', 'delete from public.badges_versions where id = 7', { ...nothing, created: 1 }],
    [
      'that closes a version',
      `update public.badges_versions set end_transaction_id = transaction_id where id = 7`,
      { ...nothing, created: 1 },
    ],
    ['that deletes a row', 'delete from public.badges where id = 7', { ...nothing, deleted: 1 }],
    [
      'that gives a row another key',
      'update public.badges set id = 70 where id = 7',
      { created: 1, updated: 0, deleted: 1 },
    ],
    [
      'that swaps two rows',
      `update public.badges b set name = o.name from public.badges o where b.id in (7, 8) and o.id = 15 - b.id`,
      { ...nothing, updated: 2 },
    ],
    [
      'that empties the table and fills it again',
      `create temporary table kept as table public.badges; truncate public.badges;
       update kept set name = 'Ada' where id = 7; insert into public.badges select * from kept; drop table kept`,
      one,
    ],
    [
      'that exchanges the table for a copy',
      `create table public.copy (like public.badges including all); insert into public.copy select * from public.badges;
       update public.copy set name = 'Ada' where id = 7; drop table public.badges cascade; alter table public.copy rename to badges`,
      one,
    ],
  ])('%s', async (_, change, result) => {
    await sql(change);
    expect(await reconcile()).toEqual(result);
    expect(await reconcile()).toEqual(nothing);
  });

  test('in a part of a transaction, while another one is open', async () => {
    const other = await db.database.sql.reserve();
    await other.unsafe('begin');
    await other.unsafe('create temporary table mine as select 1');
    await sql(inPart(`update public.badges set name = 'Ada' where id = 7`));
    expect(await reconcile()).toEqual(one);
    await other.unsafe('commit');
    other.release();
    await sql(
      inPart(`update public.badges_versions set name = 'Eve' where id = 7 and end_transaction_id is null`),
    );
    expect(await reconcile()).toEqual(one);
    expect(await reconcile()).toEqual(nothing);
  });

  test('that was not committed yet while everything was compared', async () => {
    await sql(`update public.badges set body = 'x'`);
    const other = await db.database.sql.reserve();
    await other.unsafe('begin');
    await other.unsafe(`insert into public.badges values (21, 'Eve', 'x')`);
    await other.unsafe(inPart(`update public.badges set name = 'Ada' where id = 7`));
    await sql('select pg_current_xact_id()');
    expect(await reconcile()).toEqual({ ...nothing, updated: 20 });
    await other.unsafe('commit');
    other.release();
    expect(await reconcile()).toEqual({ ...one, created: 1 });
  });

  test('in a table that was rewritten', async () => {
    await sql(`update public.badges set name = 'Ada' where id = 7`);
    await sql(`update public.badges_versions set name = 'Eve' where id = 8`);
    await sql('vacuum full public.badges');
    await sql('vacuum full public.badges_versions');
    await sql('vacuum freeze public.badges, public.badges_versions');
    expect(await reconcile()).toEqual({ ...nothing, updated: 2 });
    await sql('cluster public.badges using badges_pkey');
    await sql(`alter table public.badges alter name type varchar(100)`);
    await register();
    expect(await reconcile()).toEqual(nothing);
  });
});

describe('is forgotten when', () => {
  const added = `alter table public.badges add colour text default 'red'`;
  test.each([
    ['a column was added, with a default', added, { ...nothing, updated: 20 }],
    ['a column was dropped', 'alter table public.badges drop body', one],
    [
      'a column was dropped and made again',
      `alter table public.badges drop body; alter table public.badges add body text default 'new'`,
      { ...nothing, updated: 20 },
    ],
    [
      'the primary key is another one',
      `alter table public.badges drop constraint badges_pkey, alter body set not null, add primary key (id, body)`,
      one,
    ],
    ['the table has children', 'create table public.more (extra text) inherits (public.badges)', one],
    [
      'a trigger stands before the versions',
      `create or replace function public.spoil() returns trigger language plpgsql as $$ begin return new; end $$;
       create trigger spoil before insert on public.badges_versions for each row execute function public.spoil()`,
      one,
    ],
    [
      'a rule stands before the versions',
      `create rule r as on delete to public.badges_versions do also nothing`,
      one,
    ],
    ['what is known was written by somebody else', 'update greenroom.found_equal set before = before', one],
    [
      'what is known came out of a dump',
      `create temporary table dump as table greenroom.found_equal; truncate greenroom.found_equal;
       insert into greenroom.found_equal table dump; drop table dump`,
      one,
    ],
  ])('%s', async (_, change, result) => {
    await lie();
    await sql(change);
    await register();
    expect(await reconcile()).toEqual(result);
  });
});

describe('is not claimed by', () => {
  beforeEach(() => sql(`truncate greenroom.found_equal`));
  const edit = () => sql(`update public.badges set name = name || '!' where id in (7, 8)`);
  test.each([
    ['a dry run', { dryRun: true }],
    ['one that compares some columns', { fields: ['body'] }],
    ['one that leaves some out', { exclude: ['name'] }],
    ['one that writes no differences', { update: false }],
    ['one that writes only the first', { partial: true, maxUpdate: 1 }],
    ['one that matches by another key', { key: ['name'], delete: false, create: false }],
  ])('%s', async (_, options) => {
    await edit();
    await reconcile(options);
    expect(await known()).toEqual([]);
    expect((await reconcile()).updated).toBeGreaterThan(0);
    expect(await known()).toHaveLength(1);
  });

  test('one that was refused', async () => {
    await edit();
    await expect(reconcile({ maxUpdate: 1 })).rejects.toThrow(LimitExceededError);
    expect(await known()).toEqual([]);
    expect(await reconcile()).toEqual({ ...nothing, updated: 2 });
  });

  test('one that finds several latest versions', async () => {
    await sql(`insert into public.badges_versions select b.*, 99, null, 1 from public.badges b where id = 7`);
    await reconcile();
    expect(await known()).toEqual([]);
    await reconcile({ repair: true });
    expect(await known()).toHaveLength(1);
  });
});

describe('several latest versions are found beside what is known', () => {
  test.each([
    ['a newer one', `select b.id, 'Eve', b.body, 99, null, 1 from public.badges b where id = 7`, one],
    ['an older one', `select b.id, 'Eve', b.body, 0, null, 1 from public.badges b where id = 7`, nothing],
    ['a deletion', `select b.*, 99, null, 2 from public.badges b where id = 7`, { ...nothing, created: 1 }],
  ])('%s', async (_, inserted, result) => {
    await sql(`insert into public.badges_versions ${inserted}`);
    expect(await reconcile()).toEqual(result);
    await sql('delete from public.badges_versions where transaction_id = 99');
    await reconcile({ repair: true });
    const open = await sql('select from public.badges_versions where end_transaction_id is null');
    expect(open).toHaveLength(20);
  });

  test('of rows that are matched by other columns', async () => {
    await sql('update public.badges set id = 27 where id = 7');
    expect(await reconcile({ delete: false })).toEqual({ ...nothing, created: 1 });
    const asked = { actor: 'tester', tables: ['public.badges'], key: ['name'] };
    const [table] = (await reconcileVersions(db.database, asked)).tables;
    expect(table?.several_latest.map(({ key }) => key)).toEqual([{ name: 'Name 7' }]);
  });
});

describe('a database user', () => {
  const role = `limited_${process.pid}`;
  let limited: Database;
  beforeAll(async () => {
    await sql(`create role ${role} login password 'x'`);
    limited = openDatabase(Object.assign(new URL(db.url), { username: role, password: 'x' }).href);
  });
  beforeEach(() =>
    sql(`grant usage on schema public, greenroom to ${role};
      grant all on all tables in schema public, greenroom to ${role}; grant all on all sequences in schema greenroom to ${role}`),
  );
  afterAll(async () => {
    await limited.close();
    await sql(`drop owned by ${role}; drop role ${role}`);
  });
  const reconcileLimited = async () =>
    (await reconcileVersions(limited, { actor: 'limited', tables: ['public.badges'] })).tables[0];

  test('who does not see all rows claims nothing about them', async () => {
    await sql(`truncate greenroom.found_equal; update public.badges set name = 'Ada' where id = 7;
      create policy most on public.badges using (id <> 7); alter table public.badges enable row level security`);
    expect(await reconcileLimited()).toMatchObject({ updated: 0, unchanged: 19 });
    expect(await known()).toEqual([]);
    expect(await reconcile()).toEqual(one);
  });

  test('who may not keep what was found equal compares everything', async () => {
    await lie();
    await sql(`revoke all on greenroom.found_equal from ${role}`);
    expect(await reconcileLimited()).toMatchObject({ updated: 1, unchanged: 19 });
  });
});

test('some columns are compared with the help of what is known of all', async () => {
  await lie();
  await sql(`update public.badges set name = 'Ada' where id = 8`);
  expect(await reconcile({ fields: ['name'], dryRun: true })).toEqual(one);
  expect(await reconcile({ fields: ['body'], dryRun: true })).toEqual(nothing);
});

test('a table in partitions is compared in full, every time', async () => {
  await sql(`drop table public.badges cascade; drop table public.badges_versions;
    create table public.badges (id integer primary key, name text, body text) partition by range (id);
    create table public.badges_low partition of public.badges for values from (0) to (10);
    create table public.badges_high partition of public.badges for values from (10) to (100);
    insert into public.badges select n, 'Name ' || n, repeat(md5(n::text), 100) from generate_series(1, 20) n`);
  await register();
  expect(await reconcile()).toEqual({ ...nothing, created: 20 });
  expect(await reconcile()).toEqual(nothing);
  await sql(`update public.badges set name = 'Ada' where id in (3, 11); delete from public.badges where id in (1, 12);
    update public.badges set id = 50 where id = 5`);
  const detached = `alter table public.badges detach partition public.badges_high`;
  expect(await reconcile()).toEqual({ created: 1, updated: 2, deleted: 3 });
  await sql(detached);
  await sql(`update public.badges_high set name = 'Eve' where id = 15`);
  await sql(`alter table public.badges attach partition public.badges_high for values from (10) to (100)`);
  expect(await reconcile()).toEqual(one);
  const rows = await sql(`select from public.badges b join public.badges_versions v using (id, name, body)
    where v.end_transaction_id is null and v.operation_type <> 2`);
  expect(rows).toHaveLength(18);
});
