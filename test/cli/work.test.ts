import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { restartableRedis } from '../queue/restartable.ts';
import { until } from '../support/embedded.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { redisIsThere } from '../support/redis.ts';
import { type ReplayServer, startReplayServer } from '../support/replay-server.ts';
import { freePort } from '../support/servers.ts';
import { cli, type Env, neverAfter, startCli, startProgram } from './cli.ts';

const timeout = 120_000;

describe('greenroom work and web', () => {
  let db: TestDatabase;
  let upstream: ReplayServer;
  const env = (more: Env = {}): Env => ({
    DATABASE_URL: db.url,
    PRETALX_BASE_URL: upstream.url,
    PRETALX_TOKEN: upstream.token('organiser'),
    PORT: '0',
    ...more,
  });
  const stateOf = async (id: string) => {
    const [run] = await db.database.sql`select state from greenroom.sync_runs where id = ${id}`;
    return run?.state;
  };
  beforeAll(async () => {
    db = await createTestDatabase();
    upstream = await startReplayServer({ step: '1-v1.0' });
    await db.database.sql`
      insert into greenroom.conferences (slug, name, pretalx_event_slug) values ('demo', 'Demo', 'democon')`;
  });
  afterAll(async () => {
    await upstream.close();
    await db.drop();
  });

  test('work does what is requested, serves the web, and ends with 0 after SIGTERM', {
    timeout,
  }, async () => {
    const worker = startCli(['work', '--json'], env({ LOG_FORMAT: 'json' }));
    await worker.says('"working": true');
    const detached = await cli(['sync', 'demo', '--detach'], env());
    const id = detached.stdout.trim();
    await worker.says('run succeeded');
    const url = /"url": "(http:[^"]+)"/.exec(worker.stdout())?.[1];
    const run = await fetch(`${url}/api/runs/${id}`);
    expect(await run.json()).toMatchObject({ id, state: 'succeeded' });
    worker.child.kill('SIGTERM');
    const { code, stderr } = await worker.finished;
    expect(code, stderr).toBe(0);
    expect(stderr).not.toContain(upstream.token('organiser'));
  });

  if (redisIsThere()) {
    test('work starts while Redis is away, takes requests, and does them when it is there', {
      timeout,
    }, async () => {
      const redis = await restartableRedis();
      await redis.stop();
      const token = 'of-this-test';
      const settings = { REDIS_URL: redis.url, GREENROOM_ADMIN_TOKEN: token, LOG_FORMAT: 'json' };
      const worker = startCli(['work', '--json'], env(settings));
      await worker.says('"working": true');
      const url = /"url": "(http:[^"]+)"/.exec(worker.stdout())?.[1];
      const headers = { authorization: `Bearer ${token}` };
      const asked = await fetch(`${url}/api/conferences/demo/sync`, { method: 'POST', headers });
      const { run } = (await asked.json()) as { run: string };
      expect([asked.status, await stateOf(run)]).toEqual([202, 'queued']);
      await redis.start();
      await worker.says('run succeeded');
      expect(await stateOf(run)).toBe('succeeded');
      worker.child.kill('SIGTERM');
      const { code, stderr } = await worker.finished;
      expect([code, stderr]).toEqual([0, expect.stringMatching(/"level":40.*Redis at .* It is waited for/)]);
      await redis.remove();
    });
  }

  test('work hands a run back on SIGTERM, and another worker goes on with it', { timeout }, async () => {
    const asked = Promise.withResolvers<void>();
    upstream
      .on('/speakers/')
      .once()
      .run(() => neverAfter(asked.resolve));
    const first = startCli(['work', '--no-web'], env());
    await first.says('Working off what is requested.');
    const { stdout: id } = await cli(['sync', 'demo', '--detach'], env());
    await asked.promise;
    first.child.kill('SIGTERM');
    expect((await first.finished).code).toBe(0);
    const second = startCli(['work', '--no-web'], env({ LOG_FORMAT: 'json' }));
    await second.says('run succeeded');
    second.child.kill('SIGINT');
    expect((await second.finished).code).toBe(130);
    const run = await cli(['run', id.trim(), '--json'], env());
    expect(run.json()).toMatchObject({ state: 'succeeded', attempts: 1 });
  });

  test.each([
    ['work', 'src/cli/index.ts', ['work', '--no-web']],
    ['the worker process', 'workers/sync.ts', []],
  ])('%s goes on when the reader of its log goes away', { timeout }, async (_, path, args) => {
    const worker = startProgram(path, args, env({ LOG_FORMAT: 'json' }));
    await worker.says(/is ready|Working off/);
    worker.child.stderr?.destroy();
    const { stdout: id } = await cli(['sync', 'demo', '--detach'], env());
    await until(async () => worker.child.exitCode !== null || (await stateOf(id.trim())) === 'succeeded');
    worker.child.kill('SIGTERM');
    expect((await worker.finished).code).toBe(0);
    expect(await stateOf(id.trim())).toBe('succeeded');
  });

  test('web answers, and says in one sentence when it can’t listen', { timeout }, async () => {
    const web = startCli(['web', '--json'], env());
    await web.says('"url": "');
    const { url } = JSON.parse(web.stdout()) as { url: string };
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    web.child.kill('SIGTERM');
    expect((await web.finished).code).toBe(0);

    const port = await freePort();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    const taken = await cli(['web'], env({ PORT: String(port) }));
    other.close();
    expect([taken.code, taken.stderr]).toEqual([2, expect.stringContaining(`127.0.0.1:${port}`)]);
    const open = await cli(['web'], env({ HOST: '0.0.0.0' }));
    expect([open.code, open.stderr]).toEqual([2, expect.stringContaining('GREENROOM_ADMIN_TOKEN')]);
  });
});
