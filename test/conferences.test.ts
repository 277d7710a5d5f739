import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addConference, updateConference } from '../src/conferences/conferences.ts';
import { checkedChanges, checkedConference, checkServerOf } from '../src/conferences/settings.ts';
import { conferences } from '../src/db/schema/index.ts';
import { readProgramme } from '../src/export/read.ts';
import { everyPattern } from '../src/queue/schedules.ts';
import { createTestDatabase, type TestDatabase } from './support/postgres.ts';

const everyOf = (every: string) => checkedConference({ slug: 'alpha', every }).every;

describe('how often a conference is synced', () => {
  test.each(['30s', '15m', '2h', '1d', '52w', '1y', ' 15M '])(
    'can be %j, and is kept as the scheduler reads it',
    (every) => {
      expect(everyOf(every)).toBe(every.trim().toLowerCase());
      expect(everyOf(every)).toMatch(new RegExp(everyPattern));
    },
  );

  test.each([
    ['29s', 'shorter than 30s'],
    ['60000ms', 'milliseconds'],
    ['366d', 'longer than 1y'],
    ['999999999y', 'longer than 1y'],
    ['sometimes', 'not a duration'],
  ])('can not be %s: %s', (every, reason) => {
    expect(() => everyOf(every)).toThrow(reason);
  });
});

test.each([
  ['https://:hunter2@example.org', 'user name or password'],
  ['https://me@example.org', 'user name or password'],
  ['https://example.org/?x=1', 'query or fragment'],
  ['https://example.org/#x', 'query or fragment'],
  ['ftp://example.org', 'not an http or https address'],
])('%s is no address of a server: %s', (baseUrl, reason) => {
  expect(() => checkedChanges({ baseUrl })).toThrow(reason);
  expect(() => checkedChanges({ baseUrl })).not.toThrow('hunter2');
});

test('a server may have the name of its event; an address that ends with it is the event’s', () => {
  for (const server of [
    'http://democon',
    'http://democon:8345/pretalx',
    'https://example.org/democon/pretalx',
  ])
    checkServerOf('democon', server);
  const address = 'http://democon/pretalx/democon';
  expect(() => checkServerOf('democon', address)).toThrow(/alone: http:\/\/democon\/pretalx$/);
});

describe('a conference that is changed', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createTestDatabase();
    await addConference(db.database.orm, { slug: 'beta', event: 'first' });
  });
  afterAll(() => db.drop());

  test('by two people at once is changed in turn: the second one knows what the first one left', async () => {
    const { orm, sql } = db.database;
    const release = { releasedVersion: '1.0', releasedScheduleId: 1 };
    let second: Promise<unknown> | undefined;
    await orm.transaction(async (tx) => {
      await updateConference(tx, 'beta', { event: 'second' });
      await tx.update(conferences).set(release).where(eq(conferences.slug, 'beta'));
      second = updateConference(orm, 'beta', { event: 'first' });
      const waiting = () =>
        sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      await expect.poll(waiting, { timeout: 10_000 }).toHaveLength(1);
    });
    expect(await second).toMatchObject({ pretalxEventSlug: 'first', releasedScheduleId: null });
  });

  test('to the event and the server that it has expects the same release as before', async () => {
    const { orm } = db.database;
    const before = { releasedScheduleId: 1, pretalxEventSlug: 'first', baseUrl: 'https://pretalx.example' };
    await orm.update(conferences).set(before).where(eq(conferences.slug, 'beta'));
    expect(
      await updateConference(orm, 'beta', { event: 'first', baseUrl: 'https://pretalx.example' }),
    ).toMatchObject(before);
  });

  test('to another event has the release that its sessions are of, and expects none, until the next sync', async () => {
    const { orm } = db.database;
    const release = { releasedVersion: '1.0', releasedScheduleId: 1 };
    await orm.update(conferences).set(release).where(eq(conferences.slug, 'beta'));
    const changed = await updateConference(orm, 'beta', { event: 'third' });
    expect(changed).toMatchObject({ releasedVersion: '1.0', releasedScheduleId: null });
    expect((await readProgramme(orm, changed.id, {})).version).toBe('1.0');
  });
});

test.each([
  ['europe/prague', 'Europe/Prague'],
  ['ASIA/KOLKATA', 'Asia/Kolkata'],
  ['US/Eastern', 'US/Eastern'],
  ['utc', 'UTC'],
])('the timezone %s is kept as the IANA list spells it: %s', (typed, kept) => {
  expect(checkedConference({ slug: 'alpha', timezone: typed }).timezone).toBe(kept);
});

test.each(['Mars/Base', '+02:00', 'yesterday'])('%s is no timezone', (timezone) => {
  expect(() => checkedConference({ slug: 'alpha', timezone })).toThrow(/--timezone .* IANA list/);
});
