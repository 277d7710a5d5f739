import { describe, expect, test } from 'vitest';
import { IncompleteListingError } from '../../src/errors.ts';
import { failureOf, read, serve } from './open.ts';

const codes = (items: { code: string }[]) => items.map(({ code }) => code);
const pagesOf = (queries: string[]) => queries.map((query) => new URLSearchParams(query).get('page') ?? '1');

describe('a listing', () => {
  test('is the same whatever page size upstream allows', async () => {
    const upstream = await serve();
    const whole = codes(await read(upstream).submissions().all());
    expect(whole).toHaveLength(109);
    for (const size of [1, 7, 50, 108, 109, 110]) {
      upstream.largestPage = size;
      expect(codes(await read(upstream).submissions().all())).toEqual(whole);
    }
  });

  test('is asked for in the largest pages, and the later pages by number', async () => {
    const upstream = await serve();
    upstream.largestPage = 50;
    await read(upstream).submissions().all();
    expect(upstream.requests[0]?.query).toBe('page_size=250');
    expect(pagesOf(upstream.requests.map(({ query }) => query)).sort()).toEqual(['1', '2', '3']);
  });

  test('of rooms goes by limit and offset', async () => {
    const upstream = await serve();
    upstream.largestPage = 3;
    const rooms = await read(upstream).rooms().all();
    expect(rooms.map(({ id }) => id)).toEqual([106, 101, 102, 103, 104, 105, 107]);
    expect(upstream.requests.map(({ query }) => new URLSearchParams(query).get('offset'))).toEqual([
      '0',
      '3',
      '6',
    ]);
  });

  test('comes in pages, in order, with no more than a few pages ahead of the consumer', async () => {
    const upstream = await serve();
    upstream.largestPage = 5;
    const seen: string[] = [];
    let most = 0;
    await read(upstream, { concurrency: 3 })
      .submissions()
      .read(async (pages) => {
        let consumed = 0;
        for await (const page of pages) {
          seen.push(...codes(page.items()));
          await new Promise((resolve) => setTimeout(resolve, 5));
          consumed += 1;
          most = Math.max(most, upstream.requests.length - consumed);
        }
      });
    expect(seen).toHaveLength(109);
    expect(seen).toEqual([...seen].sort());
    expect(most).toBeLessThanOrEqual(9);
  });

  test('that is empty is complete', async () => {
    const upstream = await serve();
    upstream.edit('speakers', () => []);
    expect(await read(upstream).speakers().all()).toEqual([]);
  });

  test('is read several pages at once, but never more than the limit of the whole process', async () => {
    const upstream = await serve();
    upstream.largestPage = 5;
    upstream.latencyMs = 10;
    const readings = [read(upstream, { concurrency: 3 }), read(upstream, { concurrency: 3 })];
    await Promise.all(readings.flatMap((reading) => [reading.submissions().all(), reading.speakers().all()]));
    expect(upstream.mostAtOnce).toBe(3);
  });

  test('of 5,000 streams through without being held in memory', async () => {
    const upstream = await serve();
    upstream.edit('submissions', ([first]) =>
      Array.from({ length: 5_000 }, (_, index) => ({
        ...first,
        code: `C${String(index).padStart(6, '0')}`,
        abstract: 'x'.repeat(2_000),
      })),
    );
    let count = 0;
    let largest = 0;
    await read(upstream)
      .submissions()
      .read(async (pages) => {
        for await (const page of pages) {
          count += page.items().length;
          largest = Math.max(largest, page.items().length);
        }
      });
    expect(count).toBe(5_000);
    expect(largest).toBe(250);
  });

  test('gives the memory of a page back when the next one is asked for; that of slots stays readable', async () => {
    const upstream = await serve();
    upstream.largestPage = 20;
    const reading = read(upstream);
    const submissions = await reading.submissions().read((pages) => Array.fromAsync(pages));
    expect(submissions.length).toBe(6);
    expect(submissions[0]?.items()).toHaveLength(20);
    for (const page of submissions.slice(1)) expect(() => page.items()).toThrow(/was released/);
    const release = await reading.release();
    if (release === null) throw new Error('The recordings have a release');
    const slots = await reading.slots(release).read((pages) => Array.fromAsync(pages));
    expect(slots.length).toBeGreaterThan(2);
    expect(slots.flatMap((page) => page.items())).toEqual(await reading.slots(release).all());
  });

  test('that was prefetched is not asked for a second time', async () => {
    const upstream = await serve();
    const reading = read(upstream);
    reading.prefetch(['speakers']);
    reading.prefetch(['speakers']);
    await reading.speakers().all();
    reading.prefetch(['speakers']);
    await reading.speakers().all();
    expect(upstream.requests.filter(({ path }) => path.endsWith('/speakers/'))).toHaveLength(2);
  });

  test('of rooms, types and slots is asked for once a reading', async () => {
    const upstream = await serve();
    const reading = read(upstream);
    const release = await reading.release();
    for (let round = 0; round < 3; round += 1) {
      await reading.rooms().all();
      await reading.submissionTypes().all();
      if (release) await reading.slots(release).all();
    }
    expect(upstream.requests).toHaveLength(4);
  });
});

describe('a listing that changes while it is read', () => {
  test('is read again from its beginning, and the consumer with it', async () => {
    const upstream = await serve();
    upstream.largestPage = 20;
    upstream
      .on('/submissions/?page=3')
      .once()
      .run(() => upstream.edit('submissions', (items) => items.slice(1)));
    const attempts: number[] = [];
    const result = await read(upstream)
      .submissions()
      .read(async (pages) => {
        attempts.push(0);
        const seen: string[] = [];
        for await (const page of pages) seen.push(...codes(page.items()));
        return seen;
      });
    expect(attempts).toHaveLength(2);
    expect(result).toHaveLength(108);
  });

  test('is noticed when an item moves to a page that was read before, though the count stays', async () => {
    const upstream = await serve();
    upstream.largestPage = 20;
    upstream
      .on('/submissions/?page=2')
      .once()
      .run(() => upstream.edit('submissions', (items) => [...items.slice(-1), ...items.slice(0, -1)]));
    const all = codes(await read(upstream, { concurrency: 1 }).submissions().all());
    expect(new Set(all).size).toBe(109);
    expect(upstream.requests.length).toBeGreaterThan(6);
  });

  test('is noticed when a page that had been announced is gone', async () => {
    const upstream = await serve();
    upstream.largestPage = 20;
    upstream
      .on('/submissions/?page=6')
      .once()
      .run(() => upstream.edit('submissions', (items) => items.slice(0, 99)));
    expect(await read(upstream, { concurrency: 1 }).submissions().all()).toHaveLength(99);
  });

  test('hands out no item twice', async () => {
    const upstream = await serve();
    upstream.largestPage = 20;
    upstream
      .on('/submissions/?page=2')
      .once()
      .change((page) => ({ ...page, results: [page.results[0], ...page.results] }));
    const all = codes(await read(upstream).submissions().all());
    expect(all).toHaveLength(109);
    expect(new Set(all).size).toBe(109);
  });

  test('is read three more times, then given up as incomplete, which is worth another attempt later', async () => {
    const upstream = await serve();
    upstream.on('/speakers/').change((page) => ({ ...page, count: page.count + 1 }));
    let consumed = 0;
    const failure = await failureOf(
      read(upstream)
        .speakers()
        .read(async (pages) => {
          consumed += 1;
          for await (const _ of pages);
        }),
    );
    expect(failure).toBeInstanceOf(IncompleteListingError);
    expect(failure).toHaveProperty('isTransient', true);
    expect(failure.message).toContain('66 of 67');
    expect(failure.message).toContain('democon');
    expect(consumed).toBe(4);
  });

  test('passes on what the consumer itself throws, without reading again', async () => {
    const upstream = await serve();
    const failure = await failureOf(
      read(upstream)
        .speakers()
        .read(async (pages) => {
          for await (const _ of pages) throw new Error('the database is away');
        }),
    );
    expect(failure.message).toBe('the database is away');
    expect(upstream.requests).toHaveLength(1);
  });
});

describe('slots', () => {
  test('are those of the release that was asked for, also when another one comes meanwhile', async () => {
    const upstream = await serve();
    const reading = read(upstream);
    const release = await reading.release();
    expect(release).toEqual({ id: 41, version: '1.0' });
    upstream.release('1.0.1', (slots) => slots.slice(0, 50));
    const slots = release ? await reading.slots(release).all() : [];
    expect(slots).toHaveLength(105);
    expect(await reading.release()).toEqual(release);
    expect(await reading.currentRelease()).toMatchObject({ version: '1.0.1' });
    expect(upstream.requests.filter(({ path }) => path.endsWith('/slots/'))[0]?.query).toContain(
      'schedule=41',
    );
  });

  test('of a release that is gone are an error, not an empty list', async () => {
    const upstream = await serve();
    const failure = await failureOf(read(upstream).slots({ id: 999, version: '9' }).all());
    expect(failure).toMatchObject({ name: 'ReleaseDisappearedError' });
  });

  test('are none before the first release', async () => {
    const upstream = await serve({ step: '0-unreleased' });
    expect(await read(upstream).release()).toBeNull();
  });
});
