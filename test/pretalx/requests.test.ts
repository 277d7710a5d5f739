import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { NotPretalxError, UpstreamBusyError, UpstreamUnavailableError } from '../../src/errors.ts';
import { bodyLimitBytes } from '../../src/pretalx/body.ts';
import { failureOf, read, serve } from './open.ts';

describe('every request', () => {
  test('names the API version, and carries the token', async () => {
    const upstream = await serve();
    const reading = read(upstream);
    await reading.verifyAccess(['rooms', 'speakers', 'talks', 'schedule']);
    for (const { headers } of upstream.requests) {
      expect(headers['pretalx-version']).toBe('v2');
      expect(headers.authorization).toBe(`Token ${upstream.token('organiser')}`);
      expect(headers.accept).toBe('application/json');
    }
  });

  test('carries no authorization without a token', async () => {
    const upstream = await serve();
    await read(upstream, { reader: null }).rooms().all();
    expect(upstream.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  test('is in v1 where upstream refuses v2, for the rest of the reading', async () => {
    const upstream = await serve({ recordings: 'democon-2025.2' });
    const reading = read(upstream);
    expect(await reading.rooms().all()).toHaveLength(4);
    expect(await reading.submissions().all()).toHaveLength(37);
    expect(upstream.requests.map(({ headers }) => headers['pretalx-version'])).toEqual(['v2', 'v1', 'v1']);
  });

  test('is refused as not pretalx when neither version is spoken', async () => {
    const upstream = await serve();
    upstream.on('/rooms/').answer(400, {}, { detail: 'API version not supported.' });
    const failure = await failureOf(read(upstream).rooms().all());
    expect(failure).toBeInstanceOf(NotPretalxError);
    expect(failure.message).toContain('neither');
  });

  test('reuses its connections', async () => {
    const upstream = await serve();
    upstream.largestPage = 5;
    await read(upstream, { concurrency: 2 }).submissions().all();
    expect(upstream.requests).toHaveLength(22);
    expect(upstream.connections).toBeLessThanOrEqual(2);
  });

  test('goes to a base URL with a path, with or without a slash at its end', async () => {
    const upstream = await serve();
    for (const path of ['/cfp', '/cfp/']) {
      const failure = await failureOf(read(upstream, { baseUrl: upstream.url + path }).event());
      expect(failure.message).toContain('/cfp/api/events/democon/');
    }
    expect(upstream.requests.map(({ path }) => path)).toEqual([
      '/cfp/api/events/democon/',
      '/cfp/api/events/democon/',
    ]);
  });
});

describe('the token stays at its own origin', () => {
  test('when upstream redirects elsewhere, which is refused and named', async () => {
    const upstream = await serve();
    const elsewhere = await serve();
    upstream.on('/rooms/').redirect(`${elsewhere.url}/api/events/democon/rooms/`);
    const failure = await failureOf(read(upstream).rooms().all());
    expect(failure).toBeInstanceOf(NotPretalxError);
    expect(failure.message).toContain(elsewhere.url);
    expect(elsewhere.requests).toEqual([]);
  });

  test('when `next` points elsewhere: only its query is used', async () => {
    const upstream = await serve();
    const elsewhere = await serve();
    upstream.largestPage = 50;
    upstream
      .on('/submissions/')
      .change((page) => ({ ...page, next: page.next?.replace(upstream.url, elsewhere.url) ?? null }));
    expect(await read(upstream).submissions().all()).toHaveLength(109);
    expect(elsewhere.requests).toEqual([]);
  });

  test('while a redirect to a trailing slash on the same host is followed', async () => {
    const upstream = await serve();
    upstream.on('/rooms/?').once().redirect('/api/events/democon/rooms/?limit=250&offset=0', 301);
    expect(await read(upstream).rooms().all()).toHaveLength(7);
  });

  test('and a redirect without end is not followed without end', async () => {
    const upstream = await serve();
    upstream.on('/rooms/').redirect('/api/events/democon/rooms/');
    expect(await failureOf(read(upstream).rooms().all())).toBeInstanceOf(NotPretalxError);
    expect(upstream.requests).toHaveLength(3);
  });
});

describe('no failure shows the token', () => {
  test.each([
    ['401', (upstream: Awaited<ReturnType<typeof serve>>) => upstream.on('/api/').answer(401)],
    ['403', (upstream: Awaited<ReturnType<typeof serve>>) => upstream.on('/api/').answer(403)],
    ['500', (upstream: Awaited<ReturnType<typeof serve>>) => upstream.on('/api/').answer(500)],
    ['HTML', (upstream: Awaited<ReturnType<typeof serve>>) => upstream.on('/api/').html()],
    ['hang-up', (upstream: Awaited<ReturnType<typeof serve>>) => upstream.on('/api/').hangUp()],
  ])('%s', async (_, misbehave) => {
    const upstream = await serve();
    misbehave(upstream);
    const failure = await failureOf(read(upstream).rooms().all());
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain(upstream.token('organiser'));
    expect(failure.message).toContain('democon');
    expect(failure.message).toContain('/rooms/');
  });
});

describe('what fails on the way', () => {
  test('is tried again at once: a 500, a hang-up, a body cut off', async () => {
    const upstream = await serve();
    upstream.on('/rooms/').once().answer(500);
    upstream.on('/speakers/').once().hangUp();
    upstream.on('/submissions/').once().cutOff();
    const reading = read(upstream);
    expect(await reading.rooms().all()).toHaveLength(7);
    expect(await reading.speakers().all()).toHaveLength(66);
    expect(await reading.submissions().all()).toHaveLength(109);
  });

  test('is unavailable after three tries, and worth another attempt of the run', async () => {
    const upstream = await serve();
    upstream.on('/rooms/').html(502);
    const failure = await failureOf(read(upstream).rooms().all());
    expect(failure).toBeInstanceOf(UpstreamUnavailableError);
    expect(failure).toHaveProperty('isTransient', true);
    expect(failure.message).toContain('502');
    expect(upstream.requests).toHaveLength(3);
  });

  test('is unavailable when nobody listens', async () => {
    const upstream = await serve();
    await upstream.close();
    const failure = await failureOf(read(upstream).event());
    expect(failure).toBeInstanceOf(UpstreamUnavailableError);
    expect(failure.message).toContain('ECONNREFUSED');
  });

  test('is unavailable when JSON ends too early', async () => {
    const upstream = await serve();
    upstream.on('/rooms/').text('{"count": 7, "next": null, "results": [{"id": 1');
    expect(await failureOf(read(upstream).rooms().all())).toBeInstanceOf(UpstreamUnavailableError);
  });

  test('is unavailable when the whole answer takes longer than the setting says', async () => {
    const upstream = await serve();
    upstream.on('/rooms/').stall();
    const failure = await failureOf(read(upstream, { timeoutMs: 200 }).rooms().all());
    expect(failure).toBeInstanceOf(UpstreamUnavailableError);
    expect(failure.message).toContain('200 ms');
  });

  test('is not pretalx when it is HTML, plain text or something else with status 200', async () => {
    const upstream = await serve();
    upstream.on('/rooms/').html();
    upstream.on('/speakers/').text('hello', 'application/json');
    expect(await failureOf(read(upstream).rooms().all())).toBeInstanceOf(NotPretalxError);
    expect(await failureOf(read(upstream).speakers().all())).toBeInstanceOf(NotPretalxError);
  });

  test('is refused when the body grows over 64 MiB, with or without a length', async () => {
    const upstream = await serve();
    upstream.on('/rooms/').bytes(bodyLimitBytes + 1024 * 1024);
    const failure = await failureOf(read(upstream).rooms().all());
    expect(failure).toMatchObject({ name: 'ResponseTooLargeError' });
    expect(failure.message).toContain('64 MiB');
    expect(upstream.requests).toHaveLength(1);
  });

  test('is refused as well when the body only is that large after it was uncompressed', async () => {
    const upstream = await serve();
    upstream.on('/rooms/').gzip();
    upstream.on('/speakers/').gzip(bodyLimitBytes + 1);
    expect(await read(upstream).rooms().all()).toHaveLength(7);
    const failure = await failureOf(read(upstream).speakers().all());
    expect(failure).toMatchObject({ name: 'ResponseTooLargeError' });
  });
});

describe('a busy upstream', () => {
  test('is waited for as it asks, in seconds or until a date, with 429 and with 503', async () => {
    const upstream = await serve();
    const soon = new Date(Date.now() + 1_000).toUTCString();
    upstream.on('/rooms/').once().answer(429, { 'retry-after': '1' });
    upstream.on('/speakers/').once().answer(503, { 'retry-after': soon });
    const reading = read(upstream);
    expect(await reading.rooms().all()).toHaveLength(7);
    expect(await reading.speakers().all()).toHaveLength(66);
  });

  test('is waited for a little when it does not say how long', async () => {
    const upstream = await serve();
    upstream.on('/rooms/').once().answer(429);
    expect(await read(upstream).rooms().all()).toHaveLength(7);
    expect(upstream.requests).toHaveLength(2);
  });

  test('is left to the queue when it asks for a long pause, which uses up no attempt', async () => {
    const upstream = await serve();
    upstream.on('/rooms/').answer(429, { 'retry-after': '120' });
    const failure = await failureOf(read(upstream).rooms().all());
    expect(failure).toBeInstanceOf(UpstreamBusyError);
    expect(failure).toMatchObject({ isTransient: true, retryAfterMs: 120_000 });
    // A plan, or a run that is rejected meanwhile, does not go on after that.
    expect(failure.message).toMatch(/ asks to wait 120 s before it is asked again \(429; [^)]+\)\.$/);
    expect(upstream.requests).toHaveLength(1);
  });

  test('is asked nothing else meanwhile', async () => {
    const upstream = await serve();
    upstream.on('/rooms/').once().answer(429, { 'retry-after': '1' });
    const first = read(upstream).rooms().all();
    while (upstream.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const second = read(upstream).speakers().all();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(upstream.requests).toHaveLength(1);
    await Promise.all([first, second]);
  });
});

describe('a reading that is given up', () => {
  test('ends what is under way and what waits', async () => {
    const upstream = await serve();
    upstream.on('/api/').stall();
    const stopping = new AbortController();
    const reading = read(upstream, { signal: stopping.signal, concurrency: 1 });
    const failures = [failureOf(reading.rooms().all()), failureOf(reading.speakers().all())];
    while (upstream.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stopping.abort(new Error('the worker is leaving'));
    for (const failure of await Promise.all(failures)) expect(failure.message).toBe('the worker is leaving');
    expect(upstream.requests).toHaveLength(1);
  });

  test('ends a pause that upstream asked for', async () => {
    const upstream = await serve();
    upstream.on('/rooms/').answer(429, { 'retry-after': '20' });
    const reading = read(upstream);
    const failure = failureOf(reading.rooms().all());
    while (upstream.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    reading.close();
    expect((await failure).name).toMatch(/AbortError|Error/);
  });
});

describe('whoever counts answers', () => {
  test('is told of each, and of a request without one as status 0', async () => {
    const upstream = await serve();
    const told: number[] = [];
    const reading = read(upstream, { onResponse: ({ status }) => told.push(status) });
    await reading.event();
    await upstream.close();
    await expect(reading.rooms().all()).rejects.toThrow(UpstreamUnavailableError);
    expect(told).toEqual([200, 0, 0, 0]);
  });
});
