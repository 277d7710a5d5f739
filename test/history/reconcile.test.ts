import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LimitExceededError, NotFoundError, UsageError } from '../../src/errors.ts';
import { hasDifferences, reconcileVersions, renderReport } from '../../src/history/reconcile/index.ts';
import { registerTable, versionedTables } from '../../src/history/tables.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let db: TestDatabase;
const sql = (text: string) => db.database.sql.unsafe(text);
const rooms = () =>
  sql(`select id, name, operation_type as op, transaction_id as at, end_transaction_id as until
         from greenroom.rooms_versions order by id, transaction_id`);
const transactions = () => sql('select * from greenroom.transactions order by id');
const reconcile = (options: Partial<Parameters<typeof reconcileVersions>[1]> = {}) =>
  reconcileVersions(db.database, { actor: 'tester', tables: ['rooms'], ...options });

beforeAll(async () => {
  db = await createTestDatabase();
  await sql(`insert into greenroom.conferences (slug, name) values ('demo', 'Demo')`);
});
afterAll(() => db.drop());
beforeEach(async () => {
  await sql(`truncate greenroom.rooms, greenroom.transactions, greenroom.rooms_versions, greenroom.speakers,
    greenroom.speakers_versions, greenroom.talks, greenroom.talks_versions, greenroom.talk_speakers,
    greenroom.talk_speakers_versions restart identity cascade`);
  await sql(`insert into greenroom.rooms (conference_id, content_hash, pretalx_id, name, name_i18n, description)
    select 1, 'h', n, 'Room ' || n, '{"en": "Room"}', 'old' from generate_series(1, 4) n`);
});

describe('greenroom versions', () => {
  test('gives every live row its first version, under one transaction with actor and comment', async () => {
    const report = await reconcile({ comment: 'history switched on' });
    expect(report.tables).toMatchObject([
      { table: 'rooms', created: 4, updated: 0, deleted: 0, unchanged: 0 },
    ]);
    expect(await rooms()).toMatchObject([1, 2, 3, 4].map((id) => ({ id, op: 0, at: 1, until: null })));
    expect(await transactions()).toMatchObject([{ id: 1, actor: 'tester', comment: 'history switched on' }]);
    expect(report.transaction_id).toBe(1);
  });

  test('writes nothing, no transaction either, when there is nothing to do', async () => {
    await reconcile();
    const report = await reconcile();
    expect(report.transaction_id).toBeNull();
    expect(hasDifferences(report)).toBe(false);
    expect(await transactions()).toHaveLength(1);
    expect(renderReport(report, { actor: null, delete: true })).toBe(
      'The versions are true to the live tables.',
    );
    expect(renderReport(report, { actor: null, update: false })).toBe(
      'The versions are true to the live tables, but nobody looked for rows that differ (--update) and versions of rows that are gone (--delete).',
    );
  });

  test('closes the version of a changed row and writes a new one, whole', async () => {
    await reconcile();
    await sql(`update greenroom.rooms set name = 'Main' where id = 2`);
    const report = await reconcile();
    expect(report.tables[0]).toMatchObject({ updated: 1, unchanged: 3 });
    expect(report.tables[0]?.diffs).toEqual([
      { kind: 'update', key: { id: 2 }, fields: { name: { from: 'Room 2', to: 'Main' } } },
    ]);
    expect((await rooms()).filter((v) => v.id === 2)).toMatchObject([
      { name: 'Room 2', op: 0, at: 1, until: 2 },
      { name: 'Main', op: 1, at: 2, until: null },
    ]);
  });

  test('records deletions only when asked, with the previous values, and closes what they delete', async () => {
    await reconcile();
    await sql('delete from greenroom.rooms where id = 3');
    expect(hasDifferences(await reconcile())).toBe(false);
    const report = await reconcile({ delete: true });
    expect(report.tables[0]).toMatchObject({ deleted: 1 });
    expect((await rooms()).filter((v) => v.id === 3)).toMatchObject([
      { name: 'Room 3', op: 0, at: 1, until: 2 },
      { name: 'Room 3', op: 2, at: 2, until: null },
    ]);
    expect(hasDifferences(await reconcile({ delete: true }))).toBe(false);
  });

  test('a row that was deleted and made again gets an insert, and its delete version ends there', async () => {
    await reconcile();
    await sql(`create table if not exists public.kept as select * from greenroom.rooms where id = 3`);
    await sql('delete from greenroom.rooms where id = 3');
    await reconcile({ delete: true });
    await sql('insert into greenroom.rooms overriding system value select * from public.kept');
    await reconcile();
    expect((await rooms()).filter((v) => v.id === 3)).toMatchObject([
      { op: 0, until: 2 },
      { op: 2, at: 2, until: 3 },
      { op: 0, at: 3, until: null },
    ]);
  });

  test('--no-create and --no-update leave those differences alone', async () => {
    expect(
      (await reconcile({ create: false, update: false, key: ['pretalx_id'] })).transaction_id,
    ).toBeNull();
    expect((await reconcile({ create: false })).tables[0]).toMatchObject({ created: 0 });
    expect(await rooms()).toHaveLength(0);
    await reconcile();
    await sql(`update greenroom.rooms set name = 'Main'`);
    expect((await reconcile({ update: false })).transaction_id).toBeNull();
  });

  test('--fields and --exclude choose what is compared, but a version has no holes', async () => {
    await reconcile();
    await sql(`update greenroom.rooms set name = 'Main', description = 'new' where id = 1`);
    await sql(`update greenroom.rooms set description = 'new' where id = 2`);
    expect((await reconcile({ exclude: ['name', 'description'] })).transaction_id).toBeNull();
    expect((await reconcile({ fields: ['name'] })).tables[0]).toMatchObject({ updated: 1 });
    const [latest] = await sql('select * from greenroom.rooms_versions where id = 1 and transaction_id = 2');
    expect(latest).toMatchObject({
      name: 'Main',
      description: 'new',
      name_i18n: { en: 'Room' },
      content_hash: 'h',
    });
    await expect(reconcile({ fields: ['nonsense'] })).rejects.toThrow(UsageError);
  });

  test('--key matches rows that were made again under another id', async () => {
    await reconcile();
    await sql('update greenroom.rooms set id = default where pretalx_id = 4');
    const report = await reconcile({ key: ['conference_id', 'pretalx_id'], delete: true });
    expect(report.tables[0]).toMatchObject({ created: 0, updated: 1, deleted: 0 });
    await expect(reconcile({ key: ['conference_id'] })).rejects.toThrow(/can't be matched/);
  });

  test.each([
    ['with --delete', true],
    ['without', false],
  ])(
    '--key, %s: a row whose value went to another, or that has a new one, has one version',
    async (_, remove) => {
      await reconcile();
      await sql(`delete from greenroom.rooms where id = 1;
      update greenroom.rooms set pretalx_id = 1 where id = 2; update greenroom.rooms set pretalx_id = 9 where id = 3`);
      await reconcile({ key: ['conference_id', 'pretalx_id'], delete: remove });
      const asOf = await sql(
        'select id, pretalx_id from greenroom.rooms_as_of(clock_timestamp()) order by 1',
      );
      expect(asOf).toEqual(await sql('select id, pretalx_id from greenroom.rooms order by 1'));
      expect(hasDifferences(await reconcile({ delete: true }))).toBe(false);
    },
  );

  test('more differences than allowed: a clear message, and nothing written', async () => {
    await expect(reconcile({ maxCreate: 3 })).rejects.toThrow(LimitExceededError);
    await expect(reconcile({ maxTotal: 3 })).rejects.toThrow(/4 differences.*--max-total allows 3/);
    expect(await rooms()).toHaveLength(0);
    expect(await transactions()).toHaveLength(0);
    expect((await reconcile({ maxCreate: 4, maxTotal: 4 })).tables[0]).toMatchObject({ created: 4 });
  });

  test('--partial keeps the first that the limit allows, in the order of the key', async () => {
    expect((await reconcile({ maxCreate: 3, partial: true })).tables[0]).toMatchObject({
      created: 3,
      skipped: 1,
    });
    expect((await rooms()).map((v) => v.id)).toEqual([1, 2, 3]);
    await sql(`update greenroom.rooms set name = 'Main'; delete from greenroom.rooms where id = 1`);
    const report = await reconcile({ maxTotal: 2, partial: true, delete: true });
    expect(report.tables[0]).toMatchObject({ created: 1, updated: 1, deleted: 0, skipped: 2 });
  });

  test('--dry-run finds the same and writes nothing', async () => {
    const report = await reconcile({ dryRun: true });
    expect(report.tables[0]).toMatchObject({ created: 4 });
    expect(report.transaction_id).toBeNull();
    expect(await rooms()).toHaveLength(0);
    expect(renderReport(report, { actor: null })).toContain('dry run');
  });

  test('shows at most so many differences', async () => {
    expect((await reconcile({ dryRun: true, maxDiffs: 2 })).tables[0]?.diffs).toHaveLength(2);
  });

  test('--runas names the actor', async () => {
    await reconcile({ runAs: 'organiser' });
    expect(await transactions()).toMatchObject([{ actor: 'organiser' }]);
  });

  test('several latest versions are named with table and key, and repaired when asked', async () => {
    await reconcile();
    await sql(`insert into greenroom.transactions (issued_at) values (now());
      insert into greenroom.rooms_versions select r.*, 2, null, 1 from greenroom.rooms r where id in (1, 2)`);
    const report = await reconcile();
    expect(report.tables[0]?.several_latest).toEqual([
      { key: { id: 1 }, transactions: [1, 2] },
      { key: { id: 2 }, transactions: [1, 2] },
    ]);
    expect(hasDifferences(report)).toBe(true);
    expect(report.transaction_id).toBeNull();
    expect(renderReport(report, { actor: null })).toContain('several latest versions of {"id":1}');
    expect((await reconcile({ repair: true, dryRun: true })).tables[0]).toMatchObject({ repaired: 0 });

    expect((await reconcile({ repair: true })).tables[0]).toMatchObject({ repaired: 2, updated: 0 });
    expect((await rooms()).filter((v) => v.id === 1)).toMatchObject([
      { at: 1, until: 2 },
      { at: 2, until: null },
    ]);
    expect(hasDifferences(await reconcile())).toBe(false);
  });

  test('a deletion that did not close what it deletes counts as several latest', async () => {
    await reconcile();
    await sql(`insert into greenroom.transactions (issued_at) values (now());
      insert into greenroom.rooms_versions select r.*, 2, null, 2 from greenroom.rooms r where id = 1;
      delete from greenroom.rooms where id = 1`);
    const report = await reconcile({ delete: true, repair: true });
    expect(report.tables[0]).toMatchObject({ deleted: 0, repaired: 1 });
    expect(report.tables[0]?.several_latest).toHaveLength(1);
  });

  test('all tables, parents first; composite keys as well', async () => {
    await sql(`insert into greenroom.speakers (conference_id, content_hash, pretalx_code, name) values (1, 'h', 'S', 'Ada');
      insert into greenroom.talks (conference_id, content_hash, pretalx_code, title, state) values (1, 'h', 'T', 'On', 'confirmed');
      insert into greenroom.talk_speakers select t.id, s.id, 0 from greenroom.talks t, greenroom.speakers s`);
    const report = await reconcile({ tables: [] });
    const names = report.tables.map((t) => t.table);
    expect(names).toHaveLength(12);
    expect(names.indexOf('talk_speakers')).toBeGreaterThan(names.indexOf('talks'));
    expect(names.indexOf('talks')).toBeGreaterThan(names.indexOf('rooms'));
    await sql('update greenroom.talk_speakers set position = 3');
    const again = await reconcile({ tables: ['greenroom.talk_speakers'] });
    expect(again.tables).toMatchObject([{ table: 'talk_speakers', updated: 1 }]);
    expect(again.tables[0]?.diffs[0]?.fields).toEqual({ position: { from: 0, to: 3 } });
  });

  test('a table without history is an error that says how to give it one', async () => {
    await expect(reconcile({ tables: ['nonsense'] })).rejects.toThrow(NotFoundError);
    await expect(reconcile({ tables: ['nonsense'] })).rejects.toThrow(/--register/);
  });
});

describe("a user's own table", () => {
  test('any column types, any names, a composite key', async () => {
    await sql(`create schema if not exists "Own";
      create type public.mood as enum ('good', 'bad');
      create domain public.code as text check (value <> '');
      create table "Own"."Badge ""List""" (
       "the key" text, part integer, j json, jb jsonb, x xml, p point, b box, n numeric, iv interval, m public.mood,
        c public.code, a integer[], r int4range, bits bit(3), i inet, by bytea, f float8, nn text not null default 'x',
        g text generated always as ("the key" || '!') stored, s integer generated always as identity,
        primary key ("the key", part));
      insert into "Own"."Badge ""List""" ("the key", part, j, jb, x, p, b, n, iv, m, c, a, r, bits, i, by, f)
      values ('k', 1, '{"a": 1}', '{"a": 1}', '<a/>', '(1,2)', '(1,2),(3,4)', 1.0, '1 month', 'good', 'c', '{1,null}', '[1,2)', b'101', '::1', '\\x00', '-0'),
             ('k', 2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null)`);
    const table = await registerTable(db.database.orm, 'Own.Badge "List"');
    const name = 'Own.Badge "List"';
    const mine = { tables: [name], delete: true };
    expect(table.keyColumns).toEqual(['the key', 'part']);
    expect((await versionedTables(db.database.orm)).map((t) => t.name)).toContain('Badge "List"');
    expect((await reconcile(mine)).tables).toMatchObject([{ table: name, created: 2 }]);
    expect((await reconcile(mine)).transaction_id).toBeNull();

    for (const [change, column] of [
      [`j = '{"a":  1}'`, 'j'],
      [`b = '(1,2),(5,3)'`, 'b'],
      [`n = 1.00`, 'n'],
      [`iv = '30 days'`, 'iv'],
      [`f = 0.0`, 'f'],
      [`p = null`, 'p'],
      [`x = '<b/>'`, 'x'],
    ] as const) {
      await sql(`update "Own"."Badge ""List""" set ${change} where part = 1`);
      const [report] = (await reconcile(mine)).tables;
      expect(report, change).toMatchObject({ updated: 1, unchanged: 1 });
      expect(Object.keys(report?.diffs[0]?.fields ?? {}), change).toEqual([column]);
    }
    await sql(`delete from "Own"."Badge ""List""" where part = 2`);
    expect((await reconcile(mine)).tables[0]).toMatchObject({ deleted: 1 });
    const [asOf] = await sql(`select count(*)::int as rows from "Own"."Badge ""List""_as_of"(now())`);
    expect(asOf).toEqual({ rows: 1 });
  });

  test('a difference names its columns and its key, however they are stored', async () => {
    await sql(`create table public.prices (key jsonb primary key, n numeric, j json, a integer[], t text);
      insert into public.prices values ('{"day": [1, 2]}', 1.0, '{"a": 1}', '{7}', repeat('x', 90) || ' at noon')`);
    await registerTable(db.database.orm, 'public.prices');
    await reconcile({ tables: ['public.prices'] });
    await sql(`update public.prices set n = 1.00, j = '{"a":1}', a = array_fill(7, '{1}', '{0}')`);
    const stored = await reconcile({ tables: ['public.prices'] });
    expect(stored.tables[0]?.diffs[0]?.fields).toEqual({
      n: { from: '1.0', to: '1.00' },
      j: { from: '{"a": 1}', to: '{"a":1}' },
      a: { from: '{7}', to: '[0:0]={7}' },
    });
    expect(renderReport(stored, { actor: null })).toContain(
      String.raw`update {"day":[1,2]}  n: "1.0" → "1.00"; j: "{\"a\": 1}" → "{\"a\":1}"; a: "{7}" → "[0:0]={7}"`,
    );

    await sql(`update public.prices set t = repeat('x', 90) || ' at five'`);
    const long = renderReport(await reconcile({ tables: ['public.prices'] }), { actor: null });
    expect(long).toMatch(/t: …x+ at noon" → …x+ at five"\n/);
  });

  test('a column added or altered later: said clearly, and registering again takes it in', async () => {
    await sql(
      `create table public.badges (id integer primary key, name text); insert into public.badges values (1, 'Ada')`,
    );
    await registerTable(db.database.orm, 'public.badges');
    await reconcile({ tables: ['public.badges'] });
    await sql(`alter table public.badges add colour text default 'red', alter id type bigint`);
    await expect(reconcile({ tables: ['public.badges'] })).rejects.toThrow(/--register public.badges/);
    await registerTable(db.database.orm, 'public.badges');
    expect((await reconcile({ tables: ['public.badges'] })).tables[0]).toMatchObject({ updated: 1 });
    expect(await sql('select colour from public.badges_as_of(now())')).toEqual([{ colour: 'red' }]);
  });

  test('without a primary key, or missing, it is refused', async () => {
    await sql('create table if not exists public.loose (a integer)');
    await expect(registerTable(db.database.orm, 'public.loose')).rejects.toThrow(/primary key/);
    await expect(registerTable(db.database.orm, 'public.none')).rejects.toThrow(NotFoundError);
  });
});
