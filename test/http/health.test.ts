import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/db/client.ts';
import { conferences, syncRuns } from '../../src/db/schema/index.ts';
import { startWebServer } from '../../src/http/server.ts';
import { createLogger } from '../../src/log.ts';
import { countRows } from '../../src/metrics.ts';
import { requestRun } from '../../src/runs/runs.ts';
import { adminToken, startTestWeb, type TestWeb } from './web.ts';

let web: TestWeb;
beforeAll(async () => {
  web = await startTestWeb();
});
afterAll(() => web.close());

describe('health', () => {
  it('is said while everything is there', async () => {
    expect((await web.ask('/healthz')).status).toBe(200);
    expect((await web.ask('/readyz')).status).toBe(200);
  });

  it('without a database the process is alive, not ready, and nothing else than 503', async () => {
    const config = readConfig({
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
      PORT: '0',
      GREENROOM_ADMIN_TOKEN: adminToken,
    });
    const database = openDatabase(config.databaseUrl ?? '');
    const lines: string[] = [];
    const log = createLogger({ level: 'info', format: 'json' }, { write: (line) => lines.push(line) });
    const server = await startWebServer({ config, database, queue: web.queue, log });
    try {
      const status = async (path: string, init: RequestInit = {}) =>
        (await fetch(`${server.url}${path}`, init)).status;
      expect(await status('/healthz')).toBe(200);
      for (const path of [
        '/readyz',
        '/',
        '/c/democon',
        '/api/conferences',
        '/api/conferences/democon/schedule.json',
      ]) {
        expect(await status(path), path).toBe(503);
      }
      expect(await status('/webhooks/pretalx/democon', { method: 'POST', body: '{}' })).toBe(503);
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      expect(metrics).toContain('greenroom_database_up 0');
      const page = await (await fetch(`${server.url}/`, { headers: { accept: 'text/html' } })).text();
      expect(page).not.toContain('127.0.0.1:1');
      const failure = {
        method: 'GET',
        path: '/c/democon',
        msg: 'request failed',
        err: expect.objectContaining({ code: 'ECONNREFUSED' }),
      };
      expect(lines.map((line) => JSON.parse(line))).toContainEqual(expect.objectContaining(failure));
      expect(lines.join('')).not.toMatch(/stack|select|query/i);
    } finally {
      await server.close();
      await database.close();
    }
  });

  it('a database that says nothing holds nobody', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const config = readConfig({ PORT: '0', GREENROOM_ADMIN_TOKEN: adminToken });
    const database = openDatabase(`postgres://nobody@127.0.0.1:${port}/none`);
    const log = createLogger({ level: 'silent', format: 'json' });
    const server = await startWebServer({ config, database, queue: web.queue, log });
    try {
      const asked = ['/readyz', '/', '/api/conferences'].map((path) => fetch(`${server.url}${path}`));
      asked.push(fetch(`${server.url}/webhooks/pretalx/democon`, { method: 'POST', body: '{}' }));
      expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([503, 503, 503, 503]);
    } finally {
      await server.close();
      silent.close();
      await database.close();
    }
  });

  it('without Redis the process is alive and not ready, and requests are kept', async () => {
    const lonely = await startTestWeb({ REDIS_URL: 'redis://127.0.0.1:1' });
    try {
      await lonely.database.orm
        .insert(conferences)
        .values({ slug: 'democon', name: 'D', pretalxEventSlug: 'd', webhookSecretEnv: 'HOOK_HEALTH' });
      process.env.HOOK_HEALTH = 'a-secret-of-the-tests';
      expect((await lonely.ask('/healthz')).status).toBe(200);
      expect((await lonely.ask('/readyz')).status).toBe(503);
      const headers = { 'x-webhook-secret': 'a-secret-of-the-tests' };
      const hook = await lonely.ask('/webhooks/pretalx/democon', { method: 'POST', headers, body: '{}' });
      expect(hook.status).toBe(202);
      expect(await lonely.database.orm.select().from(syncRuns)).toHaveLength(1);
      expect(await (await lonely.ask('/metrics')).text()).toContain('greenroom_queue_up 0');
      for (const path of ['/board', '/board/api/queues']) {
        const board = await lonely.askAsAdmin(path);
        expect([board.status, await board.json()]).toEqual([
          503,
          { error: expect.stringContaining('The queue is away at the moment.') },
        ]);
      }
      expect((await lonely.ask('/board')).status).toBe(401);
    } finally {
      await lonely.close();
    }
  });
});

describe('metrics', () => {
  it('begin at 0 for all that a worker and the web server will count, before it has happened', async () => {
    const worker = await web.queue.startWorker();
    const text = await (await web.ask('/metrics')).text();
    await worker.close();
    for (const series of [
      'runs_finished_total{state="failed"}',
      'runs_finished_total{state="rejected"}',
      'rows_total{entity="schedule_slots",change="removed"}',
      'step_duration_seconds_count{step="rooms",outcome="failed"}',
      'webhook_deliveries_total{outcome="replayed"}',
    ]) {
      expect(text).toContain(`\ngreenroom_${series} 0\n`);
    }
  });

  it('tell runs, rows, the queue and the age of the newest success', async () => {
    const [conference] = await web.database.orm
      .insert(conferences)
      .values({ slug: 'democon', name: 'DemoCon', pretalxEventSlug: 'democon', every: '15m' })
      .returning();
    const { id } = await requestRun(web.database.orm, { conferenceId: conference?.id ?? 0, trigger: 'cli' });
    const changes = { talks: { added: 3, changed: 0, removed: 1, unchanged: 80 } };
    await web.database.orm
      .update(syncRuns)
      .set({ state: 'succeeded', finishedAt: new Date(Date.now() - 600_000), result: { changes } });
    countRows(changes);
    const text = await (await web.ask('/metrics')).text();
    expect(id).toBeTruthy();
    expect(text).toMatch(/^greenroom_runs\{state="succeeded"\} 1$/m);
    expect(text).toMatch(/^greenroom_runs\{state="failed"\} 0$/m);
    expect(text).toMatch(/^greenroom_rows_total\{entity="talks",change="added"\} 3$/m);
    expect(text).toMatch(/^greenroom_queue_jobs\{state="waiting"\} \d+$/m);
    expect(text).toMatch(/^greenroom_conference_every_seconds\{conference="democon"\} 900$/m);
    const age = Number(/^greenroom_last_success_age_seconds\{conference="democon"\} (\S+)$/m.exec(text)?.[1]);
    expect(age).toBeGreaterThanOrEqual(600);
    const names = [...text.matchAll(/^(\w+)(?:\{.*\})? /gm)].map(([, name]) => name);
    expect(names.filter((name) => !name?.startsWith('greenroom_'))).toEqual([]);
  });

  it('count the runs that were rejected here, held or waiting for an attempt', async () => {
    const [row] = await web.database.orm.insert(conferences).values({ slug: 'r', name: 'R' }).returning();
    const waiting = { state: 'running' as const, retryAt: new Date(Date.now() + 60_000) };
    for (const values of [waiting, { state: 'held' as const }]) {
      const { id } = await requestRun(web.database.orm, { conferenceId: row?.id ?? 0, trigger: 'cli' });
      await web.database.orm.update(syncRuns).set(values).where(eq(syncRuns.id, id));
      const reject = () => web.askAsAdmin(`/api/runs/${id}/reject`, { method: 'POST' });
      expect([(await reject()).status, (await reject()).status]).toEqual([200, 409]);
    }
    const text = await (await web.ask('/metrics')).text();
    expect(text).toContain('\ngreenroom_runs_finished_total{state="rejected"} 2\n');
  });

  it.each([
    ['names the client', { 'x-forwarded-for': '192.0.2.1' }],
    ['names what it was asked for', { 'x-forwarded-host': 'localhost' }],
    ['names the client as RFC 7239 says', { forwarded: 'for=192.0.2.1' }],
    ['names the client as nginx is often told to', { 'x-real-ip': '192.0.2.1' }],
    ['names itself', { via: '1.1 proxy' }],
    ['passes on nothing but the name that was asked for', { host: 'mirror.example.org' }],
  ])('are not for who comes through a proxy that %s', async (_what, headers) => {
    const statusOf = async (sent: Record<string, string>) => {
      const [answer] = (await once(get(`${web.url}/metrics`, { headers: sent }), 'response')) as [
        IncomingMessage,
      ];
      answer.resume();
      return answer.statusCode;
    };
    expect(await statusOf(headers)).toBe(401);
    expect(await statusOf({ ...headers, authorization: `Bearer ${adminToken}` })).toBe(200);
    expect(await statusOf({ host: 'localhost' })).toBe(200);
  });

  it('are for the admin only where others can reach the server', async () => {
    const open = await startTestWeb({ HOST: '0.0.0.0' });
    try {
      expect((await open.ask('/metrics')).status).toBe(401);
      expect((await open.askAsAdmin('/metrics')).status).toBe(200);
      expect((await open.ask('/healthz')).status).toBe(200);
    } finally {
      await open.close();
    }
  });
});
