import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closedFolder } from '../support/embedded.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { type ReplayServer, startReplayServer } from '../support/replay-server.ts';
import { cli } from './cli.ts';

/** A command takes a second or two to start on a busy machine, and these need several. */
const timeout = 120_000;

describe('on a mirrored conference', () => {
  let db: TestDatabase;
  let upstream: ReplayServer;
  const greenroom = (...args: string[]) =>
    cli(args, {
      DATABASE_URL: db.url,
      PRETALX_BASE_URL: upstream.url,
      PRETALX_TOKEN: upstream.token('organiser'),
    });

  beforeAll(async () => {
    db = await createTestDatabase();
    upstream = await startReplayServer({ step: '1-v1.0' });
    await db.database.sql`
      insert into greenroom.conferences (slug, name, pretalx_event_slug) values ('demo', 'Demo', 'democon')`;
    expect((await greenroom('sync', 'demo')).code).toBe(0);
  }, timeout);
  afterAll(async () => {
    await upstream.close();
    await db.drop();
  });

  test('plan shows what a sync would change and writes nothing; 4 says that there is something', {
    timeout,
  }, async () => {
    const none = await greenroom('plan', 'demo', '--exit-code');
    expect([none.code, none.stdout]).toEqual([0, 'A sync would change nothing.\n']);
    await upstream.show('3-v1.1');
    const json = await greenroom('plan', 'demo', '--exit-code', '--json');
    expect(json.code, json.stderr).toBe(4);
    expect(json.json()).toMatchObject({
      conference: 'demo',
      held: [],
      keys: { talks: { added: ['KFVKKJ'] } },
    });
    const words = await greenroom('plan', 'demo');
    expect([words.code, words.stdout]).toEqual([
      0,
      expect.stringContaining('New: “Brand new talk after 1.0”'),
    ]);
    await upstream.show('1-v1.0');
    expect((await greenroom('plan', 'demo', '--exit-code')).code).toBe(0);
  });

  test('plan names what would change without a word for it, such as tags, and only that', {
    timeout,
  }, async () => {
    upstream.edit('submissions', (items) =>
      items.map((item) => (item.code === 'HQ9LQL' ? { ...item, duration: 11 } : item)),
    );
    upstream.edit('rooms', (items) =>
      items.map((item) => (item.id === 101 ? { ...item, name: { en: 'Aula' } } : item)),
    );
    const words = await greenroom('plan', 'demo');
    expect(words.stdout).toContain('is now called “Aula”\n\nBesides');
    expect(words.stdout).toMatch(/\(tags, .*\):\ntalks changed: HQ9LQL\n$/);
    await upstream.show('1-v1.0');
  });

  test('default set, list and remove', { timeout }, async () => {
    const set = await greenroom(
      'default',
      'set',
      'demo',
      'Sprint',
      '--room',
      '104',
      '--date',
      '2026-07-19',
      '--json',
    );
    expect(set.code, set.stderr).toBe(0);
    expect(set.json()).toMatchObject({ submission_type: 'Sprint', default_date: '2026-07-19' });
    expect((await greenroom('default', 'list', 'demo', '--json')).json()).toHaveLength(1);
    expect((await greenroom('default', 'set', 'demo', 'Sprint')).code).toBe(2);
    expect((await greenroom('default', 'set', 'demo', 'Sprint', '--date', 'soon')).code).toBe(2);
    expect((await greenroom('default', 'set', 'demo', 'Talk', '--start', '')).code).toBe(2);
    expect((await greenroom('default', 'remove', 'demo', 'Sprint')).code).toBe(0);
    expect((await greenroom('default', 'remove', 'demo', 'Sprint')).code).toBe(2);
  });

  test('override set, list and clear', { timeout }, async () => {
    const set = await greenroom(
      ...[
        'override',
        'set',
        'demo',
        'talk',
        'WBXVAJ',
        'title=Better',
        'room=104',
        '--reason',
        'typo',
        '--json',
      ],
    );
    expect(set.code, set.stderr).toBe(0);
    expect(set.json<Record<string, unknown>[]>()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ entity: 'talk', field: 'title', value: 'Better', reason: 'typo' }),
      ]),
    );
    const list = await greenroom('override', 'list', 'demo');
    expect(list.stdout).toContain('"Better"');
    const long = 'A long story. '.repeat(100);
    const told = await greenroom('override', 'set', 'demo', 'talk', 'WBXVAJ', `description=${long}`);
    expect(told.stdout).toContain('"A long story. A long story. A long sto…');
    expect(told.stdout).not.toContain(long);
    expect((await greenroom('override', 'list', 'demo', '--json')).stdout).toContain(long);
    expect((await greenroom('override', 'set', 'demo', 'talk', 'NOSUCH', 'title=x')).code).toBe(2);
    expect((await greenroom('override', 'set', 'demo', 'talk', 'WBXVAJ', 'colour=red')).code).toBe(2);
    const unexplained = ['talk', 'WBXVAJ', 'title=x', '--reason', ''];
    expect((await greenroom('override', 'set', 'demo', ...unexplained)).code).toBe(2);
    const cleared = await greenroom('override', 'clear', 'demo', 'talk', 'WBXVAJ');
    expect([cleared.code, cleared.stdout]).toEqual([0, expect.stringContaining('title')]);
    expect((await greenroom('override', 'clear', 'demo', 'talk', 'WBXVAJ')).code).toBe(2);
  });

  test('export to stdout and to a file, in each format', { timeout }, async () => {
    const json = await greenroom('export', 'demo', '--format', 'schedule.json');
    expect(json.json()).toHaveProperty('schedule.conference');
    expect((await greenroom('export', 'demo', '--format', 'ical')).stdout).toMatch(/^BEGIN:VCALENDAR\r\n/);
    const toStdout = await greenroom('export', 'demo', '--format', 'ical', '--output', '-');
    expect(toStdout.stdout).toMatch(/^BEGIN:VCALENDAR\r\n/);
    expect((await greenroom('export', 'demo', '--format', 'csv', '--output', '')).code).toBe(2);
    const file = join(closedFolder(), 'programme.csv');
    const csv = await greenroom('export', 'demo', '--format', 'csv', '--output', file);
    expect([csv.code, csv.stdout]).toEqual([0, '']);
    expect(readFileSync(file, 'utf8')).toMatch(
      /^code,title,speakers,type,track,tags,room,start,end,duration,state,language/,
    );
    expect((await greenroom('export', 'demo', '--format', 'pdf')).code).toBe(2);
    expect((await greenroom('export', 'demo', '--format', 'csv', '--as-of', 'yesterday')).code).toBe(2);
    const nowhere = await greenroom('export', 'demo', '--format', 'csv', '--output', '/no/such/folder/x');
    expect(nowhere).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("/no/such/folder/x can't be written: its folder is not there."),
    });
  });

  test('export without a session says why on stderr, and how it comes to have some', {
    timeout,
  }, async () => {
    await db.database.sql`insert into greenroom.conferences (slug, name) values ('new', 'New')`;
    for (const format of ['ical', 'csv']) {
      const empty = await greenroom('export', 'new', '--format', format);
      expect([empty.code, empty.stderr]).toEqual([0, expect.stringContaining('greenroom sync new')]);
      const past = await greenroom('export', 'demo', '--format', format, '--as-of', '2020-01-01');
      expect([past.code, past.stderr]).toEqual([0, expect.stringContaining('no released schedule at 2020')]);
    }
    const json = await greenroom('export', 'new', '--format', 'schedule.json');
    expect([json.code, json.stderr]).toEqual([2, expect.stringContaining('greenroom sync new')]);
    expect((await greenroom('export', 'demo', '--format', 'ical')).stderr).toBe('');
    await db.database.sql`delete from greenroom.conferences where slug = 'new'`;
  });

  test('changes since a time, versions and history', { timeout }, async () => {
    await db.database.sql`select pg_sleep(0.01)`;
    const [{ now } = { now: '' }] = await db.database.sql<{ now: string }[]>`
      select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`;
    await upstream.show('3-v1.1');
    expect((await greenroom('sync', 'demo')).code).toBe(0);
    const changes = await greenroom('changes', 'demo', '--since', now, '--json');
    expect(changes.code, changes.stderr).toBe(0);
    expect(changes.json<Record<string, unknown>[]>()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ entity: 'talk', key: 'MEEKAR', kind: 'cancelled' }),
        expect.objectContaining({ entity: 'talk', key: 'KFVKKJ', kind: 'new' }),
      ]),
    );
    expect((await greenroom('changes', 'demo', '--since', now)).stdout).toContain('Kimberley');
    for (const range of [
      ['--since', now, '--from', now],
      ['--from', '2026-07-02', '--to', '2026-07-01'],
    ]) {
      const refused = await greenroom('changes', 'demo', ...range);
      expect([refused.code, refused.stderr]).toEqual([
        2,
        expect.stringMatching(/^(Use either since|from \()/),
      ]);
    }
    const clean = await greenroom('versions', '--warn', '--json');
    expect(clean.code, clean.stdout).toBe(0);
    await db.database.sql`update greenroom.rooms set capacity = 4711 where pretalx_id = 101`;
    expect((await greenroom('versions', 'rooms', '--max-total', '0')).code).toBe(1);
    expect((await greenroom('versions', 'rooms', '--warn', '--dry-run')).code).toBe(1);
    const made = await greenroom('versions', 'rooms', '--comment', 'by hand', '--json');
    expect(made.json()).toMatchObject({ tables: [{ updated: 1 }], transaction_id: expect.any(Number) });
    expect((await greenroom('versions', '--list')).stdout).toContain('talks');
    expect((await greenroom('versions', 'nowhere')).code).toBe(2);
    expect((await greenroom('history', '--json')).code).toBe(0);
    const purged = await greenroom('history', 'purge', '--keep', '2y', '--json');
    expect(purged.json()).toMatchObject({ transactions: 0 });
  });

  test('history is not purged by who takes minutes for months, or keeps nothing', { timeout }, async () => {
    for (const [keep, sentence] of [
      ['6m', '--keep 6m is in minutes, not months. History is kept for hours at least'],
      ['90s', '--keep 90s is in seconds.'],
      ['500ms', '--keep 500ms is in milliseconds.'],
      ['0d', '--keep 0d would keep no history at all.'],
      ['9999y', '--keep 9999y is longer than 1000y.'],
      ['18mo', '"18mo" is not a duration. Write a whole number and a unit: s, m (minutes), h, d, w or y'],
      ['long', '"long" is not a duration.'],
    ] as const) {
      const refused = await greenroom('history', 'purge', '--keep', keep);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(sentence)]);
    }
    for (const keep of ['24h', '26w']) {
      expect((await greenroom('history', 'purge', '--keep', keep)).code, keep).toBe(0);
    }
  });

  test('restore shows what it would do, does it, and pauses the conference', { timeout }, async () => {
    const [{ past } = { past: '' }] = await db.database.sql<{ past: string }[]>`
      select to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as past
        from greenroom.sync_runs order by requested_at limit 1`;
    const dry = await greenroom('restore', 'demo', '--as-of', past, '--dry-run');
    expect([dry.code, dry.stdout], dry.stderr).toEqual([0, expect.stringContaining('KFVKKJ')]);
    const done = await greenroom('restore', 'demo', '--as-of', past, '--json');
    expect(done.code, done.stderr).toBe(0);
    expect(done.json()).toHaveProperty('tables');
    expect((await greenroom('conference', 'show', 'demo')).stdout).toContain('paused');
    expect((await greenroom('restore', 'demo', '--as-of', '1999-01-01')).code).toBe(2);
    const resumed = await greenroom('conference', 'resume', 'demo');
    expect([resumed.code, resumed.stdout]).toEqual([0, expect.stringContaining('Brand new talk')]);
  });

  test('conference remove takes everything of it along, its history too', { timeout }, async () => {
    const removed = await greenroom('conference', 'remove', 'demo');
    expect(removed.code, removed.stderr).toBe(0);
    const tables = await db.database.sql<{ name: string }[]>`
      select table_name as name from information_schema.tables
       where table_schema = 'greenroom' and table_type = 'BASE TABLE'`;
    // What `versions` found equal is said of whole tables, and of no conference.
    const shared = ['__drizzle_migrations', 'transactions', 'found_equal'];
    const left: string[] = [];
    for (const { name } of tables.filter((one) => !shared.includes(one.name))) {
      const [row] = await db.database
        .sql`select count(*)::int as count from greenroom.${db.database.sql(name)}`;
      if (row?.count !== 0) left.push(name);
    }
    expect(left).toEqual([]);
    expect(
      await db.database
        .sql`select 1 from greenroom.transactions where conference_id is not null or run_id is not null`,
    ).toHaveLength(0);
  });
});
