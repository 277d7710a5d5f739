/** What follows a conference's changes on the web: as data, as a feed, and as the programme of a past moment. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setOverrides } from '../../src/decisions/overrides.ts';
import type { Change } from '../../src/history/changes/index.ts';
import { purgeHistory } from '../../src/history/purge.ts';
import { reconcileVersions } from '../../src/history/reconcile/index.ts';
import { seedDemocon } from './seed.ts';
import { startTestWeb, type TestWeb } from './web.ts';

let web: TestWeb;
let conference: { id: number; slug: string };
const changes = '/api/conferences/democon/changes';
const changesOf = async (answer: Promise<Response>) => (await (await answer).json()) as Change[];

beforeAll(async () => {
  web = await startTestWeb();
  conference = await seedDemocon(web.database);
  await reconcileVersions(web.database, { actor: 'organiser@example.org' });
  await setOverrides(web.database, { ...conference, timezone: 'Europe/Prague' } as never, {
    entity: 'talk',
    key: 'WBXVAJ',
    fields: ['title=A <better> title'],
    reason: 'a private reason',
    setBy: 'organiser@example.org',
  });
});
afterAll(() => web.close());

describe('the changes of a conference', () => {
  test('are for everybody, without addresses, and without who did it or why', async () => {
    const emails = await web.database.sql<{ email: string }[]>`
      select email from greenroom.speakers where email is not null`;
    expect(emails.length).toBeGreaterThan(50);
    const wholeTime = `${changes}?since=2020-01-01`;
    for (const path of [changes, wholeTime, `${changes}.atom`, '/c/democon']) {
      const answer = await web.ask(path);
      expect(answer.status, path).toBe(200);
      const text = await answer.text();
      expect(text, path).toContain('title');
      expect(text, path).not.toMatch(/organiser@example|private reason/);
      for (const { email } of emails) expect(text, path).not.toContain(email);
    }
  });

  test('have the same fields each, and a value before and after', async () => {
    const [first, ...others] = await changesOf(web.ask(changes));
    expect(first).toEqual({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$/),
      run: null,
      entity: 'room',
      key: expect.any(String),
      kind: 'new',
      from: null,
      to: null,
      title: expect.any(String),
    });
    expect(others.at(-1)).toMatchObject({ key: 'WBXVAJ', kind: 'title', to: 'A <better> title' });
  });

  test('tell the admin who did it, and no cache', async () => {
    const answer = await web.askAsAdmin(changes);
    expect(answer.headers.get('cache-control')).toContain('no-store');
    expect(((await answer.json()) as Change[]).at(-1)).toMatchObject({ actor: 'organiser@example.org' });
  });

  test('since the last one that was told are none', async () => {
    const last = (await changesOf(web.ask(changes))).at(-1);
    expect(await changesOf(web.ask(`${changes}?since=${last?.at}`))).toEqual([]);
    expect(await changesOf(web.ask(`${changes}?from=${last?.at}&to=${last?.at}`))).toEqual([last]);
  });

  test.each(['changes', 'changes.atom'])('%s is only sent again when there are new ones', async (name) => {
    const path = `/api/conferences/democon/${name}`;
    const etag = (await web.ask(path)).headers.get('etag') ?? '';
    expect((await web.ask(path, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  test('are the newest ones for everybody where there are very many, with the way to the earlier ones; all for the admin', async () => {
    const all = await changesOf(web.ask(changes));
    expect(all.length).toBeGreaterThan(100);
    await web.database.sql`
      insert into greenroom.transactions (issued_at, conference_id)
      select now() + n * interval '1 second', ${conference.id} from generate_series(1, 2000) n`;
    try {
      const newest = await web.ask(`${changes}?since=2020-01-01`);
      expect(await newest.json()).toEqual([]);
      const [, path] = /^<(.*)>; rel="prev"$/.exec(newest.headers.get('link') ?? '') ?? [];
      expect(path).toMatch(/^\/api\/conferences\/democon\/changes\?from=2020-01-01T00%3A00%3A00.001Z&to=/);
      const earlier = await web.ask(path ?? '');
      expect(earlier.headers.get('link')).toBeNull();
      expect(await earlier.json()).toEqual(all);
      expect((await changesOf(web.askAsAdmin(changes))).length).toBeGreaterThan(all.length);
    } finally {
      await web.database.sql`delete from greenroom.transactions where issued_at > now()`;
    }
  });

  test('that would take too long are given up, in the database too', async () => {
    await web.database.orm.transaction(async (tx) => {
      await tx.execute('lock table greenroom.rooms_versions in access exclusive mode');
      const answer = await web.ask(`${changes}?since=2021-01-01`);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
      const waiting = await tx.execute(
        `select query from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect([...waiting]).toEqual([]);
    });
  }, 30_000);

  test('are an Atom feed', async () => {
    const answer = await web.ask(`${changes}.atom`);
    expect(answer.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8');
    const feed = await answer.text();
    expect(feed).toMatch(
      /^<\?xml version="1.0" encoding="utf-8"\?>\n<feed xmlns="http:\/\/www.w3.org\/2005\/Atom">/,
    );
    expect(feed).toContain(`<link rel="self" href="${web.url}${changes}.atom"/>`);
    expect(feed).toContain('A &lt;better&gt; title');
    expect((await web.ask('/api/conferences/unknown/changes.atom')).status).toBe(404);
  });

  test.each([
    'since=yesterday',
    'since=',
    'since=2026-07-15T09:30:00',
    'since=2026-02-30',
    'from=1&to=2',
    'since=2026-01-01&since=2026-01-02',
    'run=5',
  ])('%s is refused with a sentence', async (query) => {
    const answer = await web.ask(`${changes}?${query}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({ error: expect.stringMatching(/^(since|from|run) is not /) });
  });

  test.each([
    ['since=2026-07-01&from=2026-07-02', 'Use either since, or from and to.'],
    ['since=2026-07-01&to=2026-07-02', 'Use either since, or from and to.'],
    [
      'from=2026-07-02&to=2026-07-01',
      'from (2026-07-02T00:00:00.000Z) is later than to (2026-07-01T00:00:00.000Z).',
    ],
  ])('%s asks for nothing that could be, and is told so', async (query, error) => {
    const answer = await web.ask(`${changes}?${query}`);
    expect([answer.status, await answer.json()]).toEqual([400, { error }]);
  });
});

describe.each(['schedule.json', 'schedule.ics'])('%s as of a past moment', (name) => {
  const path = `/api/conferences/democon/${name}`;
  const programme = async (query: string) => (await web.ask(`${path}${query}`)).text();

  test('has the corrections of then', async () => {
    const last = (await changesOf(web.ask(changes))).at(-1);
    const before = new Date(Date.parse(last?.at ?? '') - 1).toISOString();
    expect(await programme('')).toContain('better');
    expect(await programme(`?as_of=${last?.at}`)).toContain('better');
    expect(await programme(`?as_of=${before}`)).not.toContain('better');
    expect(await programme(`?as_of=${before}`)).toContain('Forum Hall');
  });

  test('is empty before the first sync, and that is no error', async () => {
    const answer = await web.ask(`${path}?as_of=2020-01-01`);
    expect(answer.status).toBe(200);
    expect(await answer.text()).not.toContain('Forum Hall');
  });
});

describe('changes that are kept', () => {
  test('are told anew after a change, although they are kept as long as there is none', async () => {
    const told = async (name: string) => (await web.ask(`/api/conferences/democon/${name}`)).text();
    for (const title of ['First title', 'Second title']) {
      await setOverrides(web.database, { ...conference, timezone: 'Europe/Prague' } as never, {
        entity: 'talk',
        key: 'NHM3BH',
        fields: [`title=${title}`],
        setBy: 'organiser@example.org',
      });
      for (const name of ['changes', 'changes.atom']) expect(await told(name), name).toContain(title);
    }
  });
});

test('changes say from when on all is known, where the history was purged and more was asked for', async () => {
  const before = new Date(Date.now() + 1);
  const purged = async (query: string, ask = web.ask) =>
    (await ask(`${changes}${query}`)).headers.get('history-purged-before');
  expect(await purged('')).toBeNull();
  await purgeHistory(web.database, { before });
  expect(await purged('')).toBe(before.toISOString());
  expect(await purged('', web.askAsAdmin)).toBe(before.toISOString());
  expect(await purged(`?since=${new Date(before.getTime() - 1).toISOString()}`)).toBe(before.toISOString());
  expect(await purged(`?since=${before.toISOString()}`)).toBeNull();
});

test('what changes of a talk that nobody may see yet is told to nobody, on its conference’s page neither', async () => {
  const [talk] = await web.database.sql<{ code: string }[]>`
    select pretalx_code as code from greenroom.talks t where not exists (
      select from greenroom.schedule_slots s where s.talk_id = t.id and s.is_visible) limit 1`;
  await setOverrides(web.database, { ...conference, timezone: 'Europe/Prague' } as never, {
    entity: 'talk',
    key: talk?.code as string,
    fields: ['title=A surprise'],
    setBy: 'organiser@example.org',
  });
  expect(JSON.stringify(await changesOf(web.askAsAdmin(changes)))).toContain('A surprise');
  for (const path of [changes, `${changes}.atom`, '/c/democon'])
    expect(await (await web.ask(path)).text(), path).not.toContain('A surprise');
});
