import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pauseConference, resumeConference } from '../../src/conferences/conferences.ts';
import { conferences, scheduleSlots, speakers, syncRuns, talks } from '../../src/db/schema/index.ts';
import { requestRun } from '../../src/runs/runs.ts';
import { seedDemocon } from './seed.ts';
import { askWhileRemoved, startTestWeb, type TestWeb } from './web.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers, read by assertions
type Json = any;

let web: TestWeb;
let conferenceId: number;

beforeAll(async () => {
  web = await startTestWeb();
  conferenceId = (
    await seedDemocon(web.database, {
      webhookSecretEnv: 'HOOK_OF_DEMOCON',
      baseUrl: 'http://internal.example.org',
    })
  ).id;
  await web.database.orm.insert(conferences).values([{ slug: 'eventless', name: 'Eventless' }]);
});
afterAll(() => web.close());

const post = (path: string, body?: string, type = 'application/json') =>
  web.askAsAdmin(path, {
    method: 'POST',
    ...(body === undefined ? {} : { body, headers: { 'content-type': type } }),
  });
/** `501 letters` as 501 letters. */
const spelledOut = (text: string) => text.replace(/(\d+) letters/, (_, count) => 'x'.repeat(Number(count)));
const json = async (answer: Response | Promise<Response>): Promise<Json> => (await answer).json();
const endAll = () => web.database.orm.update(syncRuns).set({ state: 'succeeded', finishedAt: new Date() });
const hold = async (): Promise<string> => {
  await endAll();
  const { id } = await requestRun(web.database.orm, {
    conferenceId,
    trigger: 'webhook',
    actor: 'ada@example.org',
  });
  const error = {
    name: 'RemovalGuardError',
    message: '44 of 93 visible slots (47.3 %) would be removed.',
    entity: 'slots',
    existing: 93,
    removing: { slots: ['HIDDEN'] },
  };
  await web.database.orm.update(syncRuns).set({ state: 'held', error }).where(eq(syncRuns.id, id));
  return id;
};

describe('asking for a sync', () => {
  it('answers with the run, which does what was asked', async () => {
    const body = {
      entities: ['talks', 'rooms'],
      comment: 'after the keynote moved',
      allow_large_deletions: true,
    };
    const answer = await post('/api/conferences/democon/sync', JSON.stringify(body));
    expect(answer.status).toBe(202);
    const { run } = await json(answer);
    const [row] = await web.database.orm.select().from(syncRuns).where(eq(syncRuns.id, run));
    expect(row).toMatchObject({
      trigger: 'api',
      entities: ['rooms', 'talks'],
      comment: 'after the keynote moved',
      allowRemovalsOf: ['rooms', 'talks'],
    });
    await endAll();
  });

  it.each([[undefined], [''], ['{}'], ['null']])('needs no body (%j)', async (body) => {
    expect((await post('/api/conferences/democon/sync', body)).status).toBe(202);
  });

  it.each([
    ['{"entities": ["everything"]}', 'entities.0 must be one of rooms, speakers, talks, schedule, defaults.'],
    ['{"entities": []}', 'entities must name at least one; leave it out to sync everything.'],
    ['{"entities": "talks"}', 'entities must be a list.'],
    ['{"comment": 5}', 'comment must be text.'],
    ['{"comment": "501 letters"}', 'comment must have at most 500 characters.'],
    ['{"comment": "a\\u0000b"}', 'comment has a NUL character.'],
    ['{"allow_large_deletions": 1}', 'allow_large_deletions must be true or false.'],
    ['{"what": "is this"}', 'The body has a field that is not known: what.'],
    ['{"entities": ', 'The body is not JSON.'],
    ['[]', 'The body must be an object.'],
  ])('says what is wrong with %s', async (body, error) => {
    const answer = await post('/api/conferences/democon/sync', spelledOut(body));
    expect([answer.status, await json(answer)]).toEqual([400, { error }]);
  });

  it('is not misunderstood when JSON is sent as a form', async () => {
    const form = 'application/x-www-form-urlencoded';
    expect((await post('/api/conferences/democon/sync', '{"comment": "x"}', form)).status).toBe(400);
    expect((await post('/api/conferences/democon/sync', '', form)).status).toBe(202);
  });

  it('is not possible without an event, and names the conference', async () => {
    const answer = await post('/api/conferences/eventless/sync');
    expect(answer.status).toBe(400);
    expect((await json(answer)).error).toContain('eventless');
  });

  it('of a conference that is being removed finds none when that is done', async () => {
    await web.database.orm
      .insert(conferences)
      .values({ slug: 'leaving', name: 'Leaving', pretalxEventSlug: 'x' });
    const answer = await askWhileRemoved(web, 'leaving', () => post('/api/conferences/leaving/sync'));
    expect(answer.status).toBe(404);
  });

  it('needs the admin token', async () => {
    const answer = await web.ask('/api/conferences/democon/sync', { method: 'POST' });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    const wrong = { method: 'POST', headers: { authorization: 'Bearer wrong' } };
    expect((await web.ask('/api/conferences/democon/sync', wrong)).status).toBe(401);
  });
});

describe('a held run', () => {
  it('goes on when it is approved, once', async () => {
    const id = await hold();
    expect((await web.ask(`/api/runs/${id}/approve`, { method: 'POST' })).status).toBe(401);
    const answer = await post(`/api/runs/${id}/approve`);
    expect(answer.status).toBe(202);
    expect(await json(answer)).toEqual({ run: id });
    const [row] = await web.database.orm.select().from(syncRuns).where(eq(syncRuns.id, id));
    expect(row).toMatchObject({ approved: { slots: ['HIDDEN'] } });
    expect((await post(`/api/runs/${id}/approve`)).status).toBe(409);
  });

  it('is approved only as it was shown, when the request says what that was', async () => {
    const id = await hold();
    const { shown } = (await json(web.askAsAdmin(`/api/runs/${id}`))).error;
    const more = {
      name: 'RemovalGuardError',
      message: '50 of 93.',
      removing: { slots: ['HIDDEN', 'OTHER'] },
    };
    await web.database.orm.update(syncRuns).set({ error: more }).where(eq(syncRuns.id, id));
    const late = await post(`/api/runs/${id}/approve`, JSON.stringify({ shown }));
    expect([late.status, (await json(late)).error]).toEqual([409, expect.stringContaining('Now: 50 of 93.')]);
    expect((await post(`/api/runs/${id}/approve`, '{"show": "x"}')).status).toBe(400);
    expect(await json(web.ask(`/api/runs/${id}`))).toMatchObject({ state: 'held' });
    const { shown: now } = (await json(web.askAsAdmin(`/api/runs/${id}`))).error;
    expect((await post(`/api/runs/${id}/approve`, JSON.stringify({ shown: now }))).status).toBe(202);
  });

  it('is approved while the conference is paused too: it waits, and the conference says why', async () => {
    const id = await hold();
    await pauseConference(web.database.orm, 'democon');
    expect((await post(`/api/runs/${id}/approve`)).status).toBe(202);
    expect(await json(web.ask(`/api/runs/${id}`))).toMatchObject({ state: 'queued', error: null });
    expect(await json(web.ask('/api/conferences/democon'))).toMatchObject({ paused_at: expect.any(String) });
    await resumeConference(web.database.orm, 'democon');
  });

  it('ends when it is rejected', async () => {
    const id = await hold();
    expect((await post(`/api/runs/${id}/reject`)).status).toBe(200);
    expect(await json(web.ask(`/api/runs/${id}`))).toMatchObject({ state: 'rejected' });
    expect((await post(`/api/runs/${id}/reject`)).status).toBe(409);
  });
});

describe('what everybody may see', () => {
  it('of conferences is their state, without the names of secrets', async () => {
    const list = await json(web.ask('/api/conferences'));
    expect(list).toMatchObject([
      { slug: 'democon', timezone: 'Europe/Prague' },
      { slug: 'eventless', last_run: null },
    ]);
    const one = await json(web.ask('/api/conferences/democon'));
    expect(one).toEqual(list[0]);
    for (const secret of ['HOOK_OF_DEMOCON', 'TOKEN_OF_DEMOCON', 'internal.example.org']) {
      expect(JSON.stringify(list)).not.toContain(secret);
    }
  });

  it('of a run is neither who asked for it nor what it names', async () => {
    const id = await hold();
    const run = await json(web.ask(`/api/runs/${id}`));
    expect(run).toMatchObject({
      id,
      conference: 'democon',
      state: 'held',
      error: { name: 'RemovalGuardError' },
    });
    expect(run.error.message).toContain('44 of 93');
    const facts = ['attempts', 'conference', 'conference_id', 'entities', 'error', 'finished_at', 'id'];
    const more = ['requested_at', 'result', 'retry_at', 'started_at', 'state', 'trigger'];
    expect(Object.keys(run).sort()).toEqual([...facts, ...more]);
    expect(Object.keys(run.error).sort()).toEqual(['message', 'name']);
    expect(JSON.stringify(run)).not.toMatch(/HIDDEN|ada@example/);
    const asAdmin = await json(web.askAsAdmin(`/api/runs/${id}`));
    expect(asAdmin).toMatchObject({ actor: 'ada@example.org', error: { removing: { slots: ['HIDDEN'] } } });
    const [listed] = await json(web.ask('/api/conferences/democon/runs?limit=1'));
    expect(listed).toEqual(run);
  });

  it('of a failed run is that it failed; the admin reads why', async () => {
    await endAll();
    const { id } = await requestRun(web.database.orm, { conferenceId, trigger: 'cli' });
    const error = { name: 'WireShapeError', message: 'title of talk SECRET is a number' };
    await web.database.orm.update(syncRuns).set({ state: 'failed', error }).where(eq(syncRuns.id, id));
    expect(JSON.stringify(await json(web.ask(`/api/runs/${id}`)))).not.toContain('SECRET');
    expect(await json(web.askAsAdmin(`/api/runs/${id}`))).toMatchObject({ error });
  });

  it('of a run that is tried again is that something went wrong, not that it failed', async () => {
    await endAll();
    const { id } = await requestRun(web.database.orm, { conferenceId, trigger: 'cli' });
    const error = { name: 'UpstreamUnavailableError', message: 'SECRET.example.org gave no answer' };
    await web.database.orm.update(syncRuns).set({ state: 'running', error }).where(eq(syncRuns.id, id));
    const run = await json(web.ask(`/api/runs/${id}`));
    expect(run).toMatchObject({ state: 'running', error: { name: 'UpstreamUnavailableError' } });
    expect(run.error.message).not.toMatch(/SECRET|failed/);
  });

  it('of a run that waits for its next attempt is until when', async () => {
    await endAll();
    const { id } = await requestRun(web.database.orm, { conferenceId, trigger: 'cli' });
    expect(await json(web.ask(`/api/runs/${id}`))).toMatchObject({ retry_at: null });
    const retryAt = new Date(Date.now() + 86_400_000);
    await web.database.orm.update(syncRuns).set({ state: 'running', retryAt }).where(eq(syncRuns.id, id));
    const waits = { id, state: 'running', retry_at: retryAt.toISOString() };
    expect(await json(web.ask(`/api/runs/${id}`))).toMatchObject(waits);
    expect(await json(web.askAsAdmin(`/api/runs/${id}`))).toMatchObject(waits);
    expect((await json(web.ask('/api/conferences/democon'))).last_run).toMatchObject(waits);
    expect((await post(`/api/runs/${id}/reject`)).status).toBe(200);
    expect(await json(web.ask(`/api/runs/${id}`))).toMatchObject({ state: 'rejected', retry_at: null });
  });

  it('of a result are its numbers', async () => {
    await endAll();
    const { id } = await requestRun(web.database.orm, { conferenceId, trigger: 'cli' });
    const changes = { talks: { added: 1, changed: 0, removed: 0, unchanged: 85 } };
    const result = { talks: 86, warnings: ['talk SECRET has no room'], drift: [{ key: 'SECRET' }], changes };
    await web.database.orm.update(syncRuns).set({ state: 'succeeded', result }).where(eq(syncRuns.id, id));
    expect((await json(web.ask(`/api/runs/${id}`))).result).toEqual({ talks: 86, warning_count: 1, changes });
  });

  it('of no route is an e-mail address, a hidden talk or a speaker without a public one', async () => {
    const { orm } = web.database;
    const addresses = (await orm.select({ email: speakers.email }).from(speakers)).map(({ email }) => email);
    const [hidden] = await orm.select().from(talks).where(eq(talks.pretalxCode, 'M3NCH9'));
    const [rejected] = await orm.select().from(speakers).where(eq(speakers.pretalxCode, 'ZKAKWS'));
    expect(hidden && rejected && addresses.filter(Boolean).length).toBeGreaterThan(50);
    for (const path of [
      '/',
      '/c/democon',
      '/api/conferences',
      '/api/conferences/democon',
      '/api/conferences/democon/runs',
      '/api/conferences/democon/schedule.json',
      '/api/conferences/democon/schedule.ics',
    ]) {
      const answer = await web.ask(path);
      expect(answer.status, path).toBe(200);
      const text = (await answer.text()).replaceAll('\r\n ', '');
      expect(
        addresses.filter((address) => address && text.includes(address)),
        path,
      ).toEqual([]);
      expect(text, path).not.toContain(hidden?.title);
      expect(text, path).not.toContain(rejected?.name);
    }
  });
});

describe('the schedule', () => {
  it.each(['schedule.json', 'schedule.ics'])('%s is only sent again when it has changed', async (name) => {
    const path = `/api/conferences/democon/${name}`;
    const first = await web.ask(path);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]+"$/);
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await web.ask(path, { headers: { 'if-none-match': header } });
      expect(again.status, header).toBe(304);
      expect(await again.text()).toBe('');
      expect(again.headers.get('etag')).toBe(etag);
    }
    await web.database.orm
      .update(scheduleSlots)
      .set({ title: `Renamed for ${name}` })
      .where(eq(scheduleSlots.submissionCode, 'WBXVAJ'));
    const changed = await web.ask(path, { headers: { 'if-none-match': etag } });
    expect([changed.status, changed.headers.get('etag') === etag]).toEqual([200, false]);
  });

  it.each(['2026-11-20T00:00:00Z', '2026-11-20T00:00:00+01:00', '2026-11-20T00:00:00%2B01:00', '2026-11-20'])(
    'takes %s as a past time',
    async (time) => {
      const { status } = await web.ask(`/api/conferences/democon/schedule.ics?as_of=${time}`);
      expect(status).toBe(200);
    },
  );

  it.each(['yesterday', '2026-13-40', '1', '', '%00', '99999-01-01'])(
    'refuses %j as a time',
    async (time) => {
      const answer = await web.ask(`/api/conferences/democon/schedule.json?as_of=${time}`);
      expect(answer.status).toBe(400);
      expect((await json(answer)).error).toContain('as_of');
    },
  );
});

describe('scripts of any website', () => {
  const origin = 'https://conference.example.org';

  it.each([
    '/api/conferences',
    '/api/conferences/democon',
    '/api/conferences/democon/runs',
    '/api/conferences/democon/changes',
    '/api/conferences/democon/changes.atom',
    '/api/conferences/democon/schedule.json',
    '/api/conferences/democon/schedule.ics',
    '/api/runs/:id',
    '/api/runs/:id/events',
  ])('may read %s, and ask for it only when it has changed', async (route) => {
    const path = route.replace(':id', await hold());
    const asking = {
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'if-none-match',
    };
    const allowed = await web.ask(path, { method: 'OPTIONS', headers: { origin, ...asking } });
    expect(allowed.status).toBe(204);
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, HEAD',
      'access-control-allow-headers': 'if-none-match',
      'access-control-max-age': expect.stringMatching(/^\d+$/),
    });
    const leaving = new AbortController();
    const answer = await web.ask(path, { headers: { origin }, signal: leaving.signal });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'etag, link, history-purged-before',
      'cross-origin-resource-policy': 'cross-origin',
    });
    leaving.abort();
  });

  it('may read why something is not there, and may not ask for a sync', async () => {
    const missing = await web.ask('/api/conferences/unknown', { headers: { origin } });
    expect([missing.status, missing.headers.get('access-control-allow-origin')]).toEqual([404, '*']);
    const sync = await web.ask('/api/conferences/democon/sync', { method: 'POST', headers: { origin } });
    expect([sync.status, sync.headers.get('access-control-allow-origin')]).toEqual([401, null]);
  });
});

describe('what can not be', () => {
  it.each([
    ['GET', '/api/runs/1', 400],
    ['GET', '/api/runs/%00', 400],
    ['GET', '/api/runs/nonsense/events', 400],
    ['GET', `/api/runs/${randomUUID()}`, 404],
    ['GET', `/api/runs/${randomUUID()}/events`, 404],
    ['GET', '/api/conferences/unknown', 404],
    ['GET', '/api/conferences/%00', 400],
    ['GET', '/api/conferences/%F0%9F%98%80', 404],
    ['GET', '/api/conferences/unknown/schedule.json', 404],
    ['GET', '/api/%zz', 400],
    ['GET', '/c/%ff', 400],
    ['GET', '/c/unknown', 404],
    ['GET', '/nothing/here', 404],
    ['GET', '/c/2000 letters', 414],
    ['GET', '/api/conferences/3000 letters', 414],
    ['GET', '/api/conferences/3000 letters%zz', 400],
    ['DELETE', '/api/conferences/democon', 404],
    ['PUT', '/api/conferences', 404],
    ['GET', '/webhooks/pretalx/democon', 404],
    ['POST', '/healthz', 404],
    ['OPTIONS', '/api/conferences/democon/sync', 404],
    ['OPTIONS', '/', 404],
  ])('%s %s is answered with a short sentence', async (method, path, status) => {
    const answer = await web.askAsAdmin(spelledOut(path), { method });
    expect(answer.status).toBe(status);
    expect(await json(answer)).toEqual({ error: expect.stringMatching(/^.{10,200}$/) });
  });

  it.each(['0', '501', '-1', '1.5', 'many', '', '1&limit=2'])(
    'limit=%s is told which can be',
    async (limit) => {
      const answer = await web.ask(`/api/conferences/democon/runs?limit=${limit}`);
      expect([answer.status, await json(answer)]).toEqual([
        400,
        { error: 'limit must be a whole number from 1 to 500.' },
      ]);
    },
  );

  it.each([
    ['runs?limt=5', 'limt', 'limit'],
    ['changes?sinse=2026-07-01', 'sinse', 'since, from, to, run'],
    ['changes?since=2026-07-01&until=2026-07-02', 'until', 'since, from, to, run'],
    ['changes?__proto__=1', '__proto__', 'since, from, to, run'],
    ['schedule.json?asof=2026-07-01', 'asof', 'as_of'],
  ])('%s names a parameter that is not known, and those that are', async (path, name, known) => {
    const answer = await web.ask(`/api/conferences/democon/${path}`);
    const error = `There is no parameter "${name}" here. What can be asked for: ${known}.`;
    expect([answer.status, await json(answer)]).toEqual([400, { error }]);
  });

  it.each([
    ['GET', '/api/conferences'],
    ['GET', '/api/conferences/democon'],
    ['POST', '/api/conferences/democon/sync'],
    ['GET', '/api/runs/:id'],
    ['GET', '/api/runs/:id/events'],
    ['POST', '/api/runs/:id/approve'],
    ['POST', '/api/runs/:id/reject'],
  ])('is a parameter of %s %s, and nothing is done then', async (method, route) => {
    const id = await hold();
    const path = route.replace(':id', id);
    const answer = await web.askAsAdmin(`${path}?entities=talks`, { method });
    const error = 'There is no parameter "entities" here. This route takes none.';
    expect([answer.status, await json(answer)]).toEqual([400, { error }]);
    expect(await json(web.ask('/api/conferences/democon/runs?limit=1'))).toMatchObject([
      { id, state: 'held' },
    ]);
  });

  it.each([
    '/',
    '/c/democon',
    '/api/conferences/democon/schedule.ics',
    '/api/conferences/democon/changes.atom',
  ])('is not what others append to the address of %s', async (path) => {
    expect((await web.ask(`${path}?utm_source=newsletter`)).status).toBe(200);
  });

  it.each(['/api/conferences', '/api/conferences/democon/schedule.json'])(
    'is not what scripts append to get past a cache of %s',
    async (path) => {
      expect((await web.ask(`${path}?_=1790000000`)).status).toBe(200);
    },
  );

  it('is told to people as a page', async () => {
    const answer = await web.ask('/c/unknown', { headers: { accept: 'text/html' } });
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(await answer.text()).toContain('<h1>Not found</h1>');
  });

  it('never reaches the log as a failure of ours', () => {
    expect(web.log.filter((line) => /"level":(50|60)/.test(line))).toEqual([]);
  });
});
