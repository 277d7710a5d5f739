import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pauseConference, resumeConference } from '../../src/conferences/conferences.ts';
import { removeConference } from '../../src/conferences/remove.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { type ReplayServer, startReplayServer } from '../support/replay-server.ts';
import { freePort } from '../support/servers.ts';
import { cli, type Env, neverAfter, startCli } from './cli.ts';

/** A command takes a second or two to start on a busy machine, and some of these need several. */
const timeout = 120_000;

describe('greenroom sync', () => {
  let db: TestDatabase;
  let upstream: ReplayServer;
  let count = 0;
  let slug = '';
  const base = (): Env => ({
    DATABASE_URL: db.url,
    TOKEN: upstream.token('organiser'),
    GREENROOM_ATTEMPTS: '1',
    GREENROOM_BACKOFF: '1ms',
  });
  const greenroom = (args: string[], env: Env = {}) => cli(args, { ...base(), ...env });
  const runsOf = async (name: string) =>
    db.database.sql<{ state: string; attempts: number }[]>`
      select state, attempts from greenroom.sync_runs r join greenroom.conferences c on c.id = r.conference_id
       where c.slug = ${name}`;

  beforeAll(async () => {
    db = await createTestDatabase();
    upstream = await startReplayServer({ step: '1-v1.0' });
  });
  afterAll(async () => {
    await upstream.close();
    await db.drop();
  });
  beforeEach(async () => {
    upstream.behave();
    await upstream.show('1-v1.0');
    count += 1;
    slug = `conf-${count}`;
    await addConference({});
  });

  async function addConference(more: { event?: string | null; baseUrl?: string; tokenEnv?: string | null }) {
    const { event = 'democon', baseUrl = upstream.url, tokenEnv = 'TOKEN' } = more;
    await db.database.sql`
      insert into greenroom.conferences (slug, name, pretalx_event_slug, base_url, token_env)
      values (${slug}, ${slug}, ${event}, ${baseUrl}, ${tokenEnv})
      on conflict (slug) do update set pretalx_event_slug = excluded.pretalx_event_slug,
             base_url = excluded.base_url, token_env = excluded.token_env`;
  }

  test('mirrors the event, shows each step on stderr, and says on stdout what is in the mirror', {
    timeout,
  }, async () => {
    const { code, stdout, stderr } = await greenroom(['sync', slug]);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`Synced "${slug}"`);
    expect(stdout).toMatch(/rooms +7 +7 +0 +0 +0/);
    expect(stdout).toMatch(/slots +96 +96 +0 +0 +0/);
    expect(stdout).toContain('9 talks are not placed on the timetable yet.');
    for (const step of ['rooms: 7', 'speakers: 66', 'talks: 83', 'schedule and defaults: 96']) {
      expect(stderr).toContain(step);
    }
    expect(stdout + stderr).not.toContain('@');
  });

  test('answers --json with the run’s row, and runs and run show the same', { timeout }, async () => {
    const synced = await greenroom([
      'sync',
      slug,
      '--json',
      '--comment',
      'from a test',
      '--rooms',
      '--talks',
    ]);
    expect(synced.code, synced.stderr).toBe(0);
    const run = synced.json<{ id: string }>();
    expect(run).toMatchObject({
      state: 'succeeded',
      trigger: 'cli',
      actor: expect.any(String),
      comment: 'from a test',
      entities: ['rooms', 'talks'],
      attempts: 1,
      result: { rooms: 7, talks: 83 },
      error: null,
    });
    const [one, list] = await Promise.all([
      greenroom(['run', run.id, '--json']),
      greenroom(['runs', slug, '--json']),
    ]);
    expect(one.json()).toEqual(run);
    expect(list.json()).toEqual([run]);
    const shown = await greenroom(['run', run.id]);
    expect(shown.stdout).toContain('from a test');
  });

  test('with --detach only enqueues, prints the run’s id, and the next worker does it', {
    timeout,
  }, async () => {
    const detached = await greenroom(['sync', slug, '--detach']);
    expect(detached.code, detached.stderr).toBe(0);
    expect(detached.stdout).toMatch(/^[0-9a-f-]{36}\n$/);
    expect(await runsOf(slug)).toMatchObject([{ state: 'queued' }]);
    const joined = await greenroom(['sync', slug, '--json']);
    expect(joined.json()).toMatchObject({ id: detached.stdout.trim(), state: 'succeeded' });
  });

  test('refuses an unknown conference, a missing event and a token variable that is not set, with 2 and no run', {
    timeout,
  }, async () => {
    const unknown = await greenroom(['sync', 'nowhere']);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('"nowhere"')]);
    await addConference({ tokenEnv: 'NOT_SET_ANYWHERE' });
    const noToken = await greenroom(['sync', slug]);
    expect([noToken.code, noToken.stderr]).toEqual([2, expect.stringContaining('NOT_SET_ANYWHERE')]);
    await addConference({});
    const twoWords = await greenroom(['sync', slug], { TOKEN: 'two words' });
    expect([twoWords.code, twoWords.stderr]).toEqual([2, expect.stringContaining('Set TOKEN to the token')]);
    await addConference({ event: null });
    const noEvent = await greenroom(['sync', slug]);
    expect([noEvent.code, noEvent.stderr]).toEqual([
      2,
      expect.stringContaining(`"${slug}" has no pretalx event`),
    ]);
    expect(await runsOf(slug)).toEqual([]);
    expect((await greenroom(['run', 'not-a-run'])).code).toBe(2);
    expect((await greenroom(['runs', 'nowhere'])).code).toBe(2);
  });

  test('remembers the request of a paused conference, says so, and exits 2', { timeout }, async () => {
    await greenroom(['conference', 'pause', slug]);
    const { code, stderr } = await greenroom(['sync', slug]);
    expect(code).toBe(2);
    expect(stderr).toContain('paused');
    expect(await runsOf(slug)).toMatchObject([{ state: 'queued' }]);
  });

  test('stops waiting for its turn when the conference is paused, says that the run is remembered, and exits 2', {
    timeout,
  }, async () => {
    // Another worker's run is in the way, and stays there.
    await db.database.sql`
      insert into greenroom.sync_runs (id, conference_id, state, trigger, entities, heartbeat_at)
      select gen_random_uuid(), id, 'running', 'api', array['rooms'], now() + interval '1 day'
        from greenroom.conferences where slug = ${slug}`;
    const waiting = startCli(['sync', slug], base());
    await expect.poll(() => runsOf(slug), { timeout: 30_000 }).toHaveLength(2);
    await pauseConference(db.database.orm, slug);
    const { code, stderr } = await waiting.finished;
    expect([code, stderr]).toEqual([2, expect.stringContaining(`"${slug}" is paused. Run `)]);
    expect(stderr).toContain(`is remembered and runs after: greenroom conference resume ${slug}`);
    expect((await runsOf(slug)).map(({ state }) => state).sort()).toEqual(['queued', 'running']);
  });

  test('finishes the run that it does already when the conference is paused', { timeout }, async () => {
    upstream
      .on('/speakers/')
      .once()
      .run(async () => void (await pauseConference(db.database.orm, slug)));
    const { code, stderr } = await greenroom(['sync', slug]);
    expect(code, stderr).toBe(0);
    expect(await runsOf(slug)).toMatchObject([{ state: 'succeeded' }]);
  });

  test('says that its conference was removed meanwhile, and exits 2', { timeout }, async () => {
    upstream
      .on('/speakers/')
      .once()
      .run(() => removeConference(db.database, slug));
    const { code, stdout, stderr } = await greenroom(['sync', slug]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`Conference "${slug}" was removed meanwhile, and run `);
    expect(stderr).not.toContain('There is no run');
  });

  const refusals: [string, () => Promise<void> | void, Env, RegExp][] = [
    ['an unknown event', () => addConference({ event: 'nothing-here' }), {}, /nothing-here/],
    ['a wrong token', () => {}, { TOKEN: 'wrong' }, /set a valid one in TOKEN\./],
    ['a token that is refused rooms', () => upstream.refuse('rooms', 403), {}, /permission|may not/i],
    [
      'a token that silently reads less',
      () => {},
      { TOKEN: 'token-of-helper' },
      /permission|may not|submissions/i,
    ],
    ['HTML', () => void upstream.on('/api/').html(), {}, /pretalx/],
    [
      'no network',
      async () => addConference({ baseUrl: `http://127.0.0.1:${await freePort()}` }),
      {},
      /127\.0\.0\.1/,
    ],
  ];
  test.each(refusals)(
    'fails on %s with 1, one clear sentence, and nothing written',
    { timeout },
    async (_, prepare, env, words) => {
      await prepare();
      const { code, stdout, stderr } = await greenroom(['sync', slug, '--json'], env);
      expect(code, stderr).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({
        state: 'failed',
        error: { message: expect.stringMatching(words) },
      });
      expect(stderr).toMatch(words);
      expect(stderr).not.toContain('    at ');
      const [mirrored] = await db.database.sql`
      select count(*)::int as rooms from greenroom.rooms r join greenroom.conferences c on c.id = r.conference_id
       where c.slug = ${slug}`;
      expect(mirrored?.rooms).toBe(0);
    },
  );

  test('fails with 1 when Redis is away, says so, and keeps what was asked for', { timeout }, async () => {
    const env = { REDIS_URL: `redis://127.0.0.1:${await freePort()}` };
    const asked = await greenroom(['sync', slug], env);
    const detached = await greenroom(['sync', slug, '--detach'], env);
    expect([asked.code, detached.code]).toEqual([1, 0]);
    const id = detached.stdout.trim();
    expect(asked.stderr).toMatch(new RegExp(`^Redis at .* can not be used.* Run ${id} is kept.*\n$`));
    expect(detached.stderr).toContain(`Run ${id} is kept`);
    expect(asked.stderr).not.toContain('PostgreSQL at');
    const runs = await greenroom(['runs', slug, '--json']);
    expect(runs.json()).toMatchObject([{ id, state: 'queued' }]);
  });

  test('is held with 3 when most of the timetable would go; approve lets it go on, reject does not', {
    timeout,
  }, async () => {
    expect((await greenroom(['sync', slug])).code).toBe(0);
    await upstream.show('5-v2.0');
    const held = await greenroom(['sync', slug, '--json']);
    expect(held.code, held.stderr).toBe(3);
    const { id } = held.json<{ id: string }>();
    expect(held.json()).toMatchObject({ state: 'held' });
    expect(held.stderr).toMatch(/%/);
    const again = await greenroom(['sync', slug]);
    expect(again.code).toBe(3);
    expect(again.stderr).toContain('greenroom approve');
    const overtaken = await greenroom(['run', id]);
    expect(overtaken.stdout).toContain('would be removed');
    expect(overtaken.stdout).not.toMatch(/greenroom (approve|reject)/);
    const superseded = await greenroom(['approve', id]);
    expect([superseded.code, superseded.stderr]).toEqual([2, expect.stringContaining('superseded')]);
    const second = (await greenroom(['runs', slug, '--json'])).json<{ id: string }[]>()[0]?.id as string;
    const rejected = await greenroom(['reject', second]);
    expect([rejected.code, rejected.stdout]).toEqual([0, expect.stringContaining('earlier steps')]);
    expect((await greenroom(['approve', second])).code).toBe(2);
    const third = (await greenroom(['sync', slug, '--json'])).json<{ id: string }>().id;
    const approved = await greenroom(['approve', third, '--json']);
    expect(approved.code, approved.stderr).toBe(0);
    expect(approved.json()).toMatchObject({ id: third, state: 'succeeded' });
  });

  test('approve on a paused conference says that it is remembered, exits 2, and the run goes on after resume', {
    timeout,
  }, async () => {
    expect((await greenroom(['sync', slug])).code).toBe(0);
    await upstream.show('5-v2.0');
    const { id } = (await greenroom(['sync', slug, '--json'])).json<{ id: string }>();
    await pauseConference(db.database.orm, slug);
    const { code, stderr } = await greenroom(['approve', id]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`"${slug}" is paused. Run ${id} is approved`),
    ]);
    expect(stderr).toContain(`greenroom conference resume ${slug}`);
    expect((await greenroom(['runs', slug])).stdout).not.toContain('visible slots');
    await resumeConference(db.database.orm, slug);
    expect((await greenroom(['sync', slug])).code).toBe(0);
    expect((await greenroom(['run', id, '--json'])).json()).toMatchObject({ id, state: 'succeeded' });
  });

  test('takes large removals without asking when told so, under both names of the option', {
    timeout,
  }, async () => {
    expect((await greenroom(['sync', slug])).code).toBe(0);
    await upstream.show('5-v2.0');
    const { code, stderr } = await greenroom(['sync', slug, '--allow-large-schedule-drop']);
    expect(code, stderr).toBe(0);
  });

  test('hands its run back on Ctrl-C, exits 130, and the run goes on with the next worker', {
    timeout,
  }, async () => {
    const asked = Promise.withResolvers<void>();
    upstream
      .on('/speakers/')
      .once()
      .run(() => neverAfter(asked.resolve));
    const running = startCli(['sync', slug], base());
    await asked.promise;
    running.child.kill('SIGINT');
    const { code, stderr } = await running.finished;
    expect(code).toBe(130);
    expect(stderr).toContain('goes on with the next worker');
    const next = await greenroom(['sync', slug, '--json']);
    expect(next.code, next.stderr).toBe(0);
    expect((await runsOf(slug)).map(({ state }) => state)).toContain('succeeded');
  });

  test('a sync behind one that pretalx asked to wait a day says so, and how to give that up', {
    timeout,
  }, async () => {
    upstream.on('/rooms/').once().answer(429, { 'retry-after': '86400' });
    const first = startCli(['sync', slug], base());
    await first.says(/Next attempt in 24 h\. To give it up: greenroom reject/);
    first.child.kill('SIGINT');
    expect((await first.finished).code).toBe(130);
    const second = startCli(['sync', slug], base());
    await second.says(/Run [\w-]+ of this conference goes first\. .* Next attempt in 24 h\./);
    const [id] = await db.database.sql<{ id: string }[]>`
      select r.id from greenroom.sync_runs r join greenroom.conferences c on c.id = r.conference_id
       where c.slug = ${slug} and r.state = 'running'`;
    expect((await greenroom(['runs', slug])).stdout).toMatch(new RegExp(`${id?.id} .* running \\(waits\\) `));
    expect((await greenroom(['reject', id?.id ?? ''])).code).toBe(0);
    expect((await second.finished).code).toBe(0);
  });

  test('doctor finds out what a sync would meet, a line each, and exits 1 when something fails', {
    timeout,
  }, async () => {
    const well = await greenroom(['doctor', slug], { GREENROOM_ADMIN_TOKEN: 'abc' });
    expect(well.code, well.stdout).toBe(0);
    expect(well.stdout).toContain('GREENROOM_ADMIN_TOKEN is so short that it can be guessed.');
    expect(well.stdout).toContain('Release 1.0 is the latest.');
    const notPretalx = createServer((_, answer) =>
      answer.setHeader('content-type', 'text/html').end('<p>Hello</p>'),
    );
    await new Promise<void>((resolve) => notPretalx.listen(0, '127.0.0.1', resolve));
    await addConference({ baseUrl: `http://127.0.0.1:${(notPretalx.address() as AddressInfo).port}` });
    const ill = await greenroom(['doctor', slug, '--json']);
    notPretalx.close();
    expect(ill.code).toBe(1);
    expect(ill.json<{ status: string }[]>().map(({ status }) => status)).toContain('fail');
    expect((await greenroom(['doctor', 'nowhere'])).code).toBe(2);
    const unlinked = await greenroom(['doctor'], { GREENROOM_USERS_TABLE: 'public.nowhere' });
    expect([unlinked.code, unlinked.stdout]).toEqual([1, expect.stringContaining('fail  accounts')]);
    const numbers = { GREENROOM_USERS_TABLE: 'greenroom.rooms', GREENROOM_USERS_EMAIL_COLUMN: 'capacity' };
    const unusable = await greenroom(['doctor'], numbers);
    expect([unusable.code, unusable.stdout]).toEqual([1, expect.stringContaining('fail  accounts')]);
    const away = await greenroom(['doctor'], { DATABASE_URL: `postgres://127.0.0.1:${await freePort()}/x` });
    expect([away.code, away.stdout]).toEqual([1, expect.stringContaining('fail  database')]);
  });
});
