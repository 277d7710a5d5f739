import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { conferences, syncRuns } from '../../src/db/schema/index.ts';
import { requestRun } from '../../src/runs/runs.ts';
import { startTestWeb, type TestWeb } from './web.ts';

interface Event {
  id: string;
  event: string;
  data: Record<string, unknown>;
}

let web: TestWeb;
let conferenceId = 0;
let runId = '';

beforeAll(async () => {
  web = await startTestWeb();
  const [row] = await web.database.orm
    .insert(conferences)
    .values({ slug: 'democon', name: 'DemoCon', pretalxEventSlug: 'democon' })
    .returning();
  conferenceId = row?.id ?? 0;
});
afterAll(() => web.close());
beforeEach(async () => {
  await web.database.orm.delete(syncRuns);
  runId = (await requestRun(web.database.orm, { conferenceId, trigger: 'api' })).id;
});

const set = (values: Partial<typeof syncRuns.$inferInsert>) =>
  web.database.orm.update(syncRuns).set(values).where(eq(syncRuns.id, runId));

async function* events(headers: Record<string, string> = {}, signal?: AbortSignal): AsyncGenerator<Event> {
  const answer = await web.ask(`/api/runs/${runId}/events`, { headers, ...(signal ? { signal } : {}) });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += Buffer.from(chunk).toString();
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      if (field('event')) yield { id: field('id'), event: field('event'), data: JSON.parse(field('data')) };
    }
  }
}
async function collect(stream: AsyncIterable<Event>): Promise<Event[]> {
  const seen: Event[] = [];
  for await (const event of stream) seen.push(event);
  return seen;
}
const reading = { phase: 'fetching' };

describe('the events of a run', () => {
  it('tell its progress and then how it ended, and are over', async () => {
    await set({ state: 'running', attempts: 1, progress: { rooms: reading } });
    const seen: Event[] = [];
    for await (const event of events()) {
      seen.push(event);
      if (seen.length === 1) {
        await set({
          progress: {
            rooms: { phase: 'done', count: 7 },
            speakers: { phase: 'writing', current: 20, total: 66 },
          },
        });
      }
      if (seen.length === 3) await set({ state: 'succeeded', finishedAt: new Date() });
    }
    expect(seen.map(({ event, data }) => ({ event, ...data }))).toEqual([
      { event: 'progress', step: 'rooms', attempt: 1, phase: 'fetching' },
      { event: 'progress', step: 'rooms', attempt: 1, phase: 'done', count: 7 },
      { event: 'progress', step: 'speakers', attempt: 1, phase: 'writing', current: 20, total: 66 },
      { event: 'end', run: runId, state: 'succeeded' },
    ]);
  });

  it('of a run that is over tell how it ended', async () => {
    await set({ state: 'failed', attempts: 2, progress: { rooms: { phase: 'done', count: 7 } } });
    const seen = await collect(events());
    expect(seen.map(({ event }) => event)).toEqual(['progress', 'end']);
    expect(seen[1]?.data).toEqual({ run: runId, state: 'failed' });
  });

  it('of a held run end, for it waits for somebody', async () => {
    await set({ state: 'held', attempts: 1 });
    expect((await collect(events())).at(-1)?.data).toMatchObject({ state: 'held' });
  });

  it('go on where a client was cut off, on any server', async () => {
    await set({
      state: 'succeeded',
      attempts: 1,
      progress: { rooms: { phase: 'done', count: 7 }, talks: { phase: 'done', count: 86 } },
    });
    const [first] = await collect(events());
    const rest = await collect(events({ 'last-event-id': first?.id ?? '' }));
    expect(rest.map(({ event, data }) => [event, data.step])).toEqual([
      ['progress', 'talks'],
      ['end', undefined],
    ]);
  });

  it('begin again with a new attempt', async () => {
    await set({ state: 'running', attempts: 1, progress: { speakers: reading } });
    const first = events();
    const { value: before } = await first.next();
    await set({ state: 'succeeded', attempts: 2, progress: { rooms: { phase: 'done', count: 7 } } });
    const rest = await collect(events({ 'last-event-id': before?.id ?? '' }));
    expect(rest[0]?.data).toMatchObject({ step: 'rooms', attempt: 2 });
  });

  it('tell until when it waits for its next attempt, and when it goes on', async () => {
    await set({ state: 'running', attempts: 1, progress: { rooms: reading } });
    const retryAt = new Date(Date.now() + 60_000);
    const seen: Event[] = [];
    for await (const event of events()) {
      seen.push(event);
      if (seen.length === 1) await set({ attempts: 2, retryAt, progress: {} });
      if (seen.length === 2) await set({ retryAt: null, progress: { rooms: reading } });
      if (seen.length === 4) await set({ state: 'succeeded' });
    }
    expect(seen.map(({ event, data }) => ({ event, ...data }))).toEqual([
      { event: 'progress', step: 'rooms', attempt: 1, phase: 'fetching' },
      { event: 'attempt', attempt: 2, retry_at: retryAt.toISOString() },
      { event: 'attempt', attempt: 2, retry_at: null },
      { event: 'progress', step: 'rooms', attempt: 2, phase: 'fetching' },
      { event: 'end', run: runId, state: 'succeeded' },
    ]);
  });

  it('are not sent again to who has seen the end', async () => {
    await set({ state: 'succeeded' });
    const end = (await collect(events())).at(-1);
    const again = await web.ask(`/api/runs/${runId}/events`, { headers: { 'last-event-id': end?.id ?? '' } });
    expect(again.status).toBe(204);
  });

  it.each(['nonsense', '1.2', '-1.0.0.0', '9'.repeat(500)])(
    'start at the beginning after the id %j',
    async (id) => {
      await set({ state: 'succeeded', attempts: 1, progress: { rooms: { phase: 'done', count: 7 } } });
      expect((await collect(events({ 'last-event-id': id }))).map(({ event }) => event)).toEqual([
        'progress',
        'end',
      ]);
    },
  );

  it('reach every one of many that look on, and leave nothing behind when they go', async () => {
    await set({ state: 'running', attempts: 1, progress: { rooms: reading } });
    const leaving = new AbortController();
    const gone = collect(events({}, leaving.signal)).catch(() => 'gone');
    const staying = Array.from({ length: 20 }, () => collect(events()));
    leaving.abort();
    expect(await gone).toBe('gone');
    await set({ state: 'succeeded' });
    for (const seen of await Promise.all(staying)) expect(seen.at(-1)?.event).toBe('end');
  });

  it('leave nothing behind of clients that hang up before they begin', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const hangUps = 30;
    const leaving = new AbortController();
    await web.database.orm.transaction(async (tx) => {
      await tx.execute(sql`lock table greenroom.sync_runs in access exclusive mode`);
      const asked = Array.from({ length: hangUps }, () =>
        collect(events({}, leaving.signal)).catch(() => 'gone'),
      );
      const waiting = () =>
        tx.$count(sql`pg_locks`, sql`not granted and relation = 'greenroom.sync_runs'::regclass`);
      await expect.poll(waiting).toBeGreaterThan(0);
      await web.ask('/healthz');
      leaving.abort();
      await Promise.all(asked);
      // Comes after their ends to the server, and below after their questions to the database.
      await web.ask('/healthz');
    });
    await web.ask(`/api/runs/${runId}`);
    await expect.poll(timers).toBeLessThan(before + hangUps / 2);
  });

  it('are sent a hundred times to one address, which leaves room for others', async () => {
    const behind = await startTestWeb({ GREENROOM_TRUSTED_PROXIES: '127.0.0.1' });
    const [row] = await behind.database.orm.insert(conferences).values({ slug: 'a', name: 'A' }).returning();
    const { id } = await requestRun(behind.database.orm, { conferenceId: row?.id ?? 0, trigger: 'api' });
    const leaving = new AbortController();
    const lookOn = (address: string, signal?: AbortSignal) =>
      behind.ask(`/api/runs/${id}/events`, {
        headers: { 'x-forwarded-for': address },
        ...(signal ? { signal } : {}),
      });
    const first = await lookOn('192.0.2.1', leaving.signal);
    const others = await Promise.all(Array.from({ length: 99 }, () => lookOn('192.0.2.1')));
    const refused = await lookOn('192.0.2.1');
    expect(refused.status).toBe(429);
    // Looked at only now: an answer that nobody holds any more is hung up when it is collected.
    expect(new Set([first, ...others].map(({ status }) => status))).toEqual(new Set([200]));
    expect(await refused.json()).toMatchObject({ error: expect.stringMatching(/Ask for the run itself/) });
    expect((await lookOn('192.0.2.2')).status).toBe(200);
    leaving.abort();
    await expect.poll(async () => (await lookOn('192.0.2.1')).status).toBe(200);
    await behind.close();
  });

  it('are sent to five hundred at once, and who comes after them is no failure that the log tells', async () => {
    const full = await startTestWeb({ GREENROOM_TRUSTED_PROXIES: '127.0.0.1' });
    const [row] = await full.database.orm.insert(conferences).values({ slug: 'a', name: 'A' }).returning();
    const { id } = await requestRun(full.database.orm, { conferenceId: row?.id ?? 0, trigger: 'api' });
    const lookOn = (address: number) =>
      full.ask(`/api/runs/${id}/events`, { headers: { 'x-forwarded-for': `192.0.2.${address}` } });
    // All are kept, for the same reason.
    const answers: Response[] = [];
    for (let address = 1; address <= 5; address += 1) {
      answers.push(...(await Promise.all(Array.from({ length: 100 }, () => lookOn(address)))));
    }
    const refused = await lookOn(6);
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(500).fill(200));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await refused.json()).toMatchObject({ error: expect.stringMatching(/Ask for the run itself/) });
    expect(full.log.filter((line) => line.includes('request failed'))).toEqual([]);
    await full.close();
  });

  it('end when the server closes', async () => {
    const leaving = await startTestWeb();
    const [row] = await leaving.database.orm.insert(conferences).values({ slug: 'a', name: 'A' }).returning();
    const { id } = await requestRun(leaving.database.orm, { conferenceId: row?.id ?? 0, trigger: 'api' });
    const answer = await leaving.ask(`/api/runs/${id}/events`);
    const text = answer.text();
    await leaving.close();
    expect(await text).not.toContain('event: end');
  });
});
