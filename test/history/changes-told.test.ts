/** What those who follow the changes rely on: nothing is told twice or left out, and a feed is one. */
import { sql as drizzleSql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rooms } from '../../src/db/schema/index.ts';
import { sourcesOf } from '../../src/export/sources.ts';
import { type Change, changesFeed, changesOf, describeChange } from '../../src/history/changes/index.ts';
import { textDiff } from '../../src/history/changes/text-diff.ts';
import { purgeHistory } from '../../src/history/purge.ts';
import { withTransaction } from '../../src/history/record.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let db: TestDatabase;
const sql = (text: string) => db.database.sql.unsafe(text);
const told = (options: Parameters<typeof changesOf>[2] = {}) =>
  changesOf(db.database.orm, { id: 1 }, options);

async function renameRoom(name: string): Promise<void> {
  await withTransaction(db.database, { actor: 'ada', conferenceId: 1 }, async (tx, history) => {
    const changed = await tx.update(rooms).set({ name }).returning({ id: rooms.id });
    history.updated(
      rooms,
      changed.map((row) => [row.id]),
    );
  });
}

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  await sql(`truncate greenroom.conferences, greenroom.rooms_versions, greenroom.transactions restart identity cascade;
    insert into greenroom.conferences (slug, name) values ('demo', 'Demo')`);
  await withTransaction(db.database, { actor: 'ada', conferenceId: 1 }, async (tx, history) => {
    const room = { conferenceId: 1, contentHash: '', pretalxId: 11, name: 'Hall', nameI18n: {} };
    const [made] = await tx.insert(rooms).values(room).returning({ id: rooms.id });
    history.inserted(rooms, [[made?.id]]);
  });
});

describe('the time of a change, as it is told,', () => {
  const spread = `update greenroom.transactions set issued_at = '2026-07-01 12:00:00.000900Z'::timestamptz + id * interval '5 ms'`;
  beforeEach(async () => {
    for (const name of ['Hall 1', 'Hall 2', 'Hall 3']) await renameRoom(name);
    await sql(spread);
  });

  test('is one since when there is nothing of what was told before', async () => {
    const all = await told();
    for (const [number, { at }] of all.entries())
      expect(await told({ since: new Date(at) })).toEqual(all.slice(number + 1));
  });

  test('is in a range that begins or ends with it', async () => {
    const [, second, third] = await told();
    const range = { from: new Date(second?.at ?? ''), to: new Date(third?.at ?? '') };
    expect(await told(range)).toEqual([second, third]);
  });

  test('is one as of which it has happened', async () => {
    for (const { at, to } of (await told()).slice(1)) {
      const { rooms: asOf } = sourcesOf(1, { asOf: new Date(at) });
      const [row] = await db.database.orm.execute(drizzleSql`select name from ${asOf} r`);
      expect(row?.name).toBe(to);
    }
  });
});

test('where history was purged, an edit is not told as something new', async () => {
  await renameRoom('Hall 1');
  await renameRoom('Hall 2');
  const [renamed] = (await told()).slice(-1);
  await sql(
    `update greenroom.transactions set issued_at = '2026-01-01'::timestamptz + id * interval '1 day'`,
  );
  await purgeHistory(db.database, { before: new Date('2026-01-03T12:00:00Z') });
  expect(await told()).toEqual([{ ...renamed, at: '2026-01-04T00:00:00.000Z' }]);
});

test('a text that was written anew is told by its beginnings, and soon', () => {
  const words = (prefix: string) => Array.from({ length: 3_000 }, (_, n) => `${prefix}${n * n}`).join(' ');
  const diff = textDiff(words('a').slice(0, 19_000), words('b').slice(0, 19_000));
  expect(diff).toMatch(/^\[-a0 a1 a4 .* …-\]\{\+b0 b1 b4 .* …\+\}$/);
  expect(diff.length).toBeLessThan(1_000);
});

describe('the Atom feed', () => {
  const moved: Change = {
    at: '2026-07-15T08:00:00.123Z',
    run: null,
    entity: 'talk',
    key: 'AAA',
    kind: 'moved',
    from: { start: '2026-07-15T10:00:00.000Z', end: '2026-07-15T10:30:00.000Z' },
    to: { start: '2026-07-15T11:00:00.000Z', end: '2026-07-15T11:30:00.000Z' },
    title: '<script>alert("1 & 2")</script> \u0007\ud83d ]]> ünï',
  };
  const edited: Change = {
    ...moved,
    kind: 'text',
    from: 'old',
    to: 'new',
    field: 'abstract',
    diff: '[-old-]{+new <b>+}',
  };
  const options = {
    slug: 'demo',
    name: 'Demo & Co <1>',
    url: 'https://example.org/api/conferences/demo/changes.atom?a=1&b=2',
    page: 'https://example.org/c/demo',
    timezone: 'UTC',
  };
  /** What PostgreSQL's XML parser finds in it; a feed that is not well-formed fails. */
  async function found(feed: string, path: string): Promise<string[]> {
    const [row] = await db.database.sql`
      select xpath(${path}, xmlparse(document ${feed.replace(/^<\?xml.*?\?>/, '')}),
                   array[array['a', 'http://www.w3.org/2005/Atom']])::text[] as found`;
    return row?.found as string[];
  }

  test('is well formed whatever the titles are, and has what a feed and an entry need', async () => {
    const feed = changesFeed([moved, edited], options);
    for (const path of ['id', 'title', 'updated', 'author/a:name'])
      expect(await found(feed, `/a:feed/a:${path}/text()`), path).toHaveLength(1);
    for (const path of ['id', 'title', 'updated', 'content'])
      expect(await found(feed, `/a:feed/a:entry/a:${path}/text()`), path).toHaveLength(2);
    expect(await found(feed, '/a:feed/a:updated/text()')).toEqual(['2026-07-15T08:00:00.123Z']);
    expect(await found(feed, '/a:feed/a:link[@rel="alternate"]/@href')).toEqual([options.page]);
    expect(await found(feed, '//a:entry/a:link/@href')).toEqual([options.page, options.page]);
    expect(await found(feed, '//a:entry/a:content/text()')).toContain('[-old-]{+new &lt;b&gt;+}');
    expect(await found(feed, '//*[local-name() = "script" or local-name() = "b"]')).toEqual([]);
  });

  test('of nothing is a feed as well', async () => {
    const feed = changesFeed([], options);
    expect(await found(feed, '/a:feed/a:updated/text()')).toHaveLength(1);
    expect(await found(feed, '//a:entry')).toEqual([]);
  });

  test('keeps the id of an entry when others come and go, and has none twice', async () => {
    const later = { ...moved, at: '2026-07-16T08:00:00.000Z' };
    const ids = (changes: Change[]) => found(changesFeed(changes, options), '//a:entry/a:id/text()');
    const all = await ids([moved, edited, moved, later]);
    expect(new Set(all).size).toBe(4);
    expect(await ids([moved, edited, moved])).toEqual(all.slice(1));
    expect(await ids([moved])).toEqual(all.slice(-1));
  });
});

describe('a break that has no name', () => {
  const change = (
    kind: Change['kind'],
    title: string,
    from: Change['from'] = null,
    to: Change['to'] = null,
  ): Change => ({
    at: '2026-07-01T12:00:00.000Z',
    run: null,
    entity: 'slot',
    key: 'break-1',
    kind,
    from,
    to,
    title,
  });

  test.each([
    [change('new', ''), 'New: a break'],
    [change('cancelled', ''), 'Gone: a break'],
    [change('back', ''), 'Back again: a break'],
    [change('room', '', 'Hall', 'Club'), 'A break moved from Hall to Club'],
    [change('title', 'Lunch', '', 'Lunch'), 'A break is now called “Lunch”'],
    [change('title', '', 'Lunch', ''), 'Slot “Lunch” has no name any more'],
    [change('title', 'Tea', 'Lunch', 'Tea'), 'Slot “Lunch” is now called “Tea”'],
    [change('new', 'Lunch'), 'New: slot “Lunch”'],
  ])('is told as one: %#', (told, sentence) => {
    expect(describeChange(told, 'UTC')).toBe(sentence);
  });
});
