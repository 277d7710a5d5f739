/** `greenroom versions` as a program sees it: options, exit codes, messages and the JSON document. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { cli } from './cli.ts';

const timeout = 120_000;
let db: TestDatabase;
const sql = (text: string) => db.database.sql.unsafe(text);
const versions = (...args: string[]) => cli(['versions', ...args], { DATABASE_URL: db.url });
const history = () =>
  sql(`select id, name, operation_type as op, transaction_id as at, end_transaction_id as until
         from greenroom.rooms_versions order by id, transaction_id`);
const transactions = () => sql('select id, actor, comment from greenroom.transactions order by id');

interface Report {
  tables: Record<string, unknown>[];
  altered: unknown[];
  dry_run: boolean;
  transaction_id: number | null;
}

beforeAll(async () => {
  db = await createTestDatabase();
  await sql(`insert into greenroom.conferences (slug, name) values ('demo', 'Demo')`);
});
afterAll(() => db.drop());
/** Of four rooms two are as their versions say, one was renamed and one is new; a fifth is gone. */
beforeEach(async () => {
  await sql(`
    truncate greenroom.rooms, greenroom.rooms_versions, greenroom.transactions restart identity cascade;
    insert into greenroom.rooms (conference_id, content_hash, pretalx_id, name, name_i18n)
      select 1, 'h', n, 'Room ' || n, '{}' from generate_series(1, 5) n;
    insert into greenroom.transactions (issued_at, actor) values ('2026-01-01', 'earlier');
    insert into greenroom.rooms_versions select r.*, 1, null, 0 from greenroom.rooms r where id <> 4;
    update greenroom.rooms set name = 'Main' where id = 3;
    delete from greenroom.rooms where id = 5`);
});

describe('greenroom versions', () => {
  test('writes what is missing and what differs, and with --delete what is gone, which it closes', {
    timeout,
  }, async () => {
    const made = await versions('rooms', '--json', '--runas', 'organiser', '--comment', 'by hand');
    expect(made.code, made.stderr).toBe(0);
    expect(made.json<Report>()).toEqual({
      tables: [expect.objectContaining({ table: 'rooms', created: 1, updated: 1, deleted: 0, unchanged: 2 })],
      altered: [],
      dry_run: false,
      transaction_id: 2,
    });
    const deleted = await versions('rooms', '--delete', '--json');
    expect(deleted.json<Report>()).toMatchObject({ tables: [{ created: 0, updated: 0, deleted: 1 }] });
    expect(await history()).toEqual([
      { id: 1, name: 'Room 1', op: 0, at: 1, until: null },
      { id: 2, name: 'Room 2', op: 0, at: 1, until: null },
      { id: 3, name: 'Room 3', op: 0, at: 1, until: 2 },
      { id: 3, name: 'Main', op: 1, at: 2, until: null },
      { id: 4, name: 'Room 4', op: 0, at: 2, until: null },
      { id: 5, name: 'Room 5', op: 0, at: 1, until: 3 },
      { id: 5, name: 'Room 5', op: 2, at: 3, until: null },
    ]);
    expect(await transactions()).toMatchObject([
      { actor: 'earlier' },
      { actor: 'organiser', comment: 'by hand' },
      { actor: expect.stringMatching(/./), comment: null },
    ]);
  });

  test('has nothing to do a second time: no transaction, and --warn is content', { timeout }, async () => {
    await versions('--delete');
    const again = await versions('--delete', '--warn', '--json');
    expect(again.code).toBe(0);
    expect(again.json<Report>().transaction_id).toBeNull();
    expect(await transactions()).toHaveLength(2);
  });

  test('--warn exits 1 when there were differences, written or not, and shows at most --max-diffs', {
    timeout,
  }, async () => {
    const dry = await versions('rooms', '--delete', '--dry-run', '--warn', '--max-diffs', '2', '--json');
    expect(dry.code).toBe(1);
    const [table] = dry.json<Report>().tables;
    expect(table).toMatchObject({ created: 1, updated: 1, deleted: 1 });
    expect(table?.diffs).toEqual([
      { kind: 'update', key: { id: 3 }, fields: { name: { from: 'Room 3', to: 'Main' } } },
      expect.objectContaining({ kind: 'create', key: { id: 4 } }),
    ]);
    expect(dry.json<Report>()).toMatchObject({ dry_run: true, transaction_id: null });
    expect(await transactions()).toHaveLength(1);
    const words = await versions('rooms', '--warn');
    expect([words.code, words.stdout]).toEqual([
      1,
      expect.stringContaining('update 3  name: "Room 3" → "Main"'),
    ]);
  });

  test.each([
    ['--max-create', '0'],
    ['--max-update', '0'],
    ['--max-delete', '0'],
    ['--max-total', '2'],
  ])(
    'more than %s allows is exit code 1 and nothing written; --partial keeps the first',
    {
      timeout,
    },
    async (option, limit) => {
      const before = await history();
      const refused = await versions('rooms', '--delete', option, limit);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toMatch(
        new RegExp(`^There are \\d .*${option} allows ${limit}\\. Nothing was written.*--partial`),
      );
      expect([await history(), await transactions()]).toEqual([
        before,
        [{ id: 1, actor: 'earlier', comment: null }],
      ]);
      const partial = await versions('rooms', '--delete', option, limit, '--partial', '--json');
      expect(partial.code, partial.stderr).toBe(0);
      expect(partial.json<Report>().tables).toMatchObject([{ skipped: 1 }]);
      expect(await transactions()).toHaveLength(2);
    },
  );

  test('several latest versions are named with table and key, make --warn exit 1, and go with --repair', {
    timeout,
  }, async () => {
    await versions('rooms', '--delete');
    await sql(`insert into greenroom.transactions (issued_at) values (now());
      insert into greenroom.rooms_versions select r.*, 3, null, 1 from greenroom.rooms r where id = 1`);
    const found = await versions('rooms', '--warn');
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/rooms:.*\n.*several latest versions of \{"id":1\}.*--repair/);
    const repaired = await versions('rooms', '--repair', '--json');
    expect(repaired.json<Report>().tables).toMatchObject([
      { repaired: 1, several_latest: [{ key: { id: 1 }, transactions: [1, 3] }] },
    ]);
    expect((await versions('rooms', '--warn', '--delete')).code).toBe(0);
  });

  test('--list names the tables, those that others point at first', { timeout }, async () => {
    const listed = await versions('--list', '--json');
    const names = listed.json<string[]>();
    expect(names).toHaveLength(12);
    expect(names.indexOf('talk_speakers')).toBeGreaterThan(names.indexOf('talks'));
    expect((await versions('--list')).stdout.trim().split('\n')).toEqual(names);
  });

  test('--list names only those that were asked for, and an unknown one is wrong usage', {
    timeout,
  }, async () => {
    const listed = await versions('talks', 'greenroom.rooms', '--list', '--json');
    expect(listed.json<string[]>()).toEqual(['rooms', 'talks']);
    const unknown = await versions('--list', 'nowhere');
    expect([unknown.code, unknown.stdout]).toEqual([2, '']);
    expect(unknown.stderr).toContain('Table "nowhere" has no history');
  });

  test('a table that was altered keeps only itself waiting: it is named with what to do, and exit code 1', {
    timeout,
  }, async () => {
    await sql('create table public.lanyards (id int primary key)');
    await versions('--register', 'public.lanyards');
    await sql('alter table public.lanyards add colour text; insert into public.lanyards values (1)');
    const [before] = await sql('select count(*)::int as rows from greenroom.transactions');
    const named = await versions('public.lanyards', 'rooms');
    expect([named.code, named.stdout]).toEqual([1, '']);
    expect(named.stderr).toMatch(
      /^Table "public.lanyards" was altered .*: colour\. .*--register public.lanyards\n$/,
    );
    expect(await sql('select count(*)::int as rows from greenroom.transactions')).toEqual([before]);

    const others = await versions('--delete', '--json');
    expect([others.code, others.stderr]).toEqual([1, named.stderr]);
    const report = others.json<Report>();
    expect(report.tables).toContainEqual(expect.objectContaining({ table: 'rooms', created: 1, deleted: 1 }));
    expect(report.tables).not.toContainEqual(expect.objectContaining({ table: 'public.lanyards' }));
    expect(report.altered).toEqual([{ table: 'public.lanyards', reason: named.stderr.trim() }]);
    const again = await versions('--delete');
    expect([again.code, again.stderr]).toEqual([1, named.stderr]);
    expect(again.stdout).toBe('All other versions are true to the live tables.\n');

    const registered = await versions('--register', 'public.lanyards', '--json');
    expect([registered.code, registered.json<Report>().altered]).toEqual([0, []]);
    expect((await versions('--delete', '--warn')).code).toBe(0);
  });

  test('--register, with --list too, says that triggers which are on elsewhere are not yet on the new table', {
    timeout,
  }, async () => {
    await sql('create table public.badges (id int primary key)');
    await sql("select greenroom.history_triggers('greenroom.rooms', true)");
    const registered = await versions('--register', 'public.badges', '--list');
    expect(registered.stdout).toBe('public.badges\n');
    expect([registered.code, registered.stderr]).toEqual([
      0,
      expect.stringMatching(/public\.badges.*--triggers on/),
    ]);
    await sql("select greenroom.history_triggers('public.badges', true)");
    expect((await versions('--register', 'public.badges')).stderr).toBe('');
    await sql("select greenroom.history_triggers('greenroom.rooms', false)");
  });

  test.each([
    ['an unknown table', ['nowhere'], /"nowhere" has no history.*--register/],
    ['an unknown column in --fields', ['rooms', '--fields', 'nope'], /No column "nope" in rooms/],
    ['an unknown column in --exclude', ['rooms', '--exclude', 'nope'], /No column "nope"/],
    ['an unknown column in --key', ['rooms', '--key', 'nope'], /no column "nope" to match by/],
    [
      'a --key that several rows share',
      ['rooms', '--key', 'conference_id'],
      /can't be matched by conference_id/,
    ],
    ['no column in --fields', ['--fields', ''], /--fields.*names separated by commas/],
    ['no column in --exclude', ['--exclude', ' '], /--exclude.*names separated by commas/],
    ['no column in --key', ['rooms', '--key', ''], /--key.*names separated by commas/],
    ['an empty one among columns', ['--fields', 'name,,capacity'], /--fields.*none of them empty/],
    [
      '--fields and --exclude that leave nothing',
      ['rooms', '--fields', 'name', '--exclude', 'name'],
      /no column to compare.*--no-update/,
    ],
    ['--runas without a name', ['--runas', ''], /--runas.*takes some text/],
    ['a limit that is no number', ['--max-total', 'few'], /--max-total.*whole number/],
    ['a limit below 0', ['--max-delete', '-1'], /--max-delete.*whole number from 0/],
    ['a limit that is not whole', ['--max-create=1.5'], /--max-create.*whole number/],
    ['a limit of ten digits', ['--max-total', '9999999999'], /--max-total.*from 0 to 999999999/],
    ['an empty limit', ['--max-update', ''], /--max-update.*whole number/],
    ['no number of differences to show', ['--max-diffs', '1e3'], /--max-diffs.*whole number/],
    ['an unknown option', ['--what'], /unknown option '--what'/],
    ['a table to register that is not there', ['--register', 'public.none'], /no table "public.none"/],
    ['a dry run of what has no history yet', ['--register', 'public.own', '--dry-run'], /has no history/],
  ])('%s is wrong usage, with a sentence', { timeout }, async (_, args, sentence) => {
    const failed = await versions(...args);
    expect([failed.code, failed.stdout]).toEqual([2, '']);
    expect(failed.stderr).toMatch(sentence);
    expect(failed.stderr).not.toMatch(/\n +at /);
  });
});
