import { eq } from 'drizzle-orm';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { syncRuns } from '../../src/db/schema/index.ts';
import { DatabaseUnavailableError, QueueUnavailableError } from '../../src/errors.ts';
import { createProducer } from '../../src/queue/producer.ts';
import { openQueue, type Queue } from '../../src/queue/queue.ts';
import { type FoundRun, findRun, listRuns } from '../../src/runs/runs.ts';
import { makeConference } from '../runs/conference.ts';
import { backends } from '../support/backends.ts';
import { type Restartable, restartablePostgres, restartableRedis } from './restartable.ts';
import { gate, silent, stepsThat } from './rig.ts';

describe.each(backends)('while servers are away, on $name', ({ name }) => {
  let postgres: Restartable;
  let redis: Restartable | undefined;
  let database: Database;
  let queue: Queue;
  const env = () => ({
    DATABASE_URL: postgres.url,
    GREENROOM_BACKOFF: '40ms',
    ...(redis ? { REDIS_URL: redis.url } : {}),
  });
  beforeAll(async () => {
    postgres = await restartablePostgres();
    redis = name === 'Redis' ? await restartableRedis() : undefined;
    database = openDatabase(postgres.url, { maxConnections: 6 });
    queue = await openQueue({ config: readConfig(env()), database, log: silent });
  });
  afterAll(async () => {
    await queue?.close();
    await database?.close();
    await redis?.remove();
    await postgres?.remove();
  });
  beforeEach(() => queue.ready(10_000));

  /** All sessions begin anew, and may write or not. */
  const onlyReads = async (state: 'on' | 'off') => {
    const admin = openDatabase(postgres.url, { maxConnections: 1 });
    await admin.sql.unsafe('set default_transaction_read_only = off');
    await admin.sql.unsafe(`alter database postgres set default_transaction_read_only = ${state}`);
    await admin.sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity where pid <> pg_backend_pid() and datname = 'postgres'`;
    await admin.close();
  };
  const until = (id: string, state: string, more: Partial<FoundRun> = {}) =>
    expect
      .poll(() => findRun(database.orm, id).catch((error: Error) => error.message), { timeout: 30_000 })
      .toMatchObject({ state, ...more });

  test('a restart of PostgreSQL during a step costs neither the run nor a request', async () => {
    const conference = await makeConference(database);
    const started = gate();
    const finish = gate();
    const worker = await queue.startWorker({
      steps: stepsThat(async (step, { database: mirror }) => {
        if (step !== 'speakers') return undefined;
        started.open();
        await finish.opened;
        await mirror.sql`select 1`;
        return undefined;
      }),
    });
    const id = await queue.requestSync({ conference: conference.slug, trigger: 'api' });
    await started.opened;
    await postgres.stop();
    await expect(queue.requestSync({ conference: conference.slug, trigger: 'api' })).rejects.toThrow(
      DatabaseUnavailableError,
    );
    expect(await queue.health()).toMatchObject({ ok: name === 'Redis' });
    finish.open();
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await postgres.start();
    await until(id, 'succeeded');
    expect(await findRun(database.orm, id)).toMatchObject({ attempts: 1 });
    const next = await queue.requestSync({ conference: conference.slug, trigger: 'api' });
    await until(next, 'succeeded');
    expect(await listRuns(database.orm, { conferenceId: conference.id, limit: 10 })).toHaveLength(2);
    await worker.close();
  }, 90_000);

  test('a PostgreSQL that only reads for a while, as one that was demoted, is waited for', async () => {
    const conference = await makeConference(database);
    const started = gate();
    const finish = gate();
    const worker = await queue.startWorker({
      steps: stepsThat(async (step) => {
        if (step !== 'speakers') return undefined;
        started.open();
        await finish.opened;
        return undefined;
      }),
    });
    const request = { conference: conference.slug, trigger: 'api' as const };
    const id = await queue.requestSync(request);
    await started.opened;
    await onlyReads('on');
    try {
      // The first ones may still meet a session that was ended.
      await vi.waitFor(() => expect(queue.requestSync(request)).rejects.toThrow(/it only reads/), 10_000);
      finish.open();
      await new Promise((resolve) => setTimeout(resolve, 3_000));
    } finally {
      await onlyReads('off');
    }
    await until(id, 'succeeded');
    expect(await findRun(database.orm, id)).toMatchObject({ attempts: 1 });
    await worker.close();
  }, 60_000);

  if (name === 'Redis') {
    test('a request while Redis is away is kept, and run when it is back', async () => {
      const conference = await makeConference(database);
      const worker = await queue.startWorker({ steps: stepsThat(async () => undefined) });
      await redis?.stop();
      await expect(queue.ready(500)).rejects.toThrow(QueueUnavailableError);
      const id = await queue.requestSync({ conference: conference.slug, trigger: 'webhook' });
      expect(await findRun(database.orm, id)).toMatchObject({ state: 'queued' });
      await redis?.start();
      await until(id, 'succeeded');
      await worker.close();
    }, 60_000);

    test('a Redis that takes nothing for a while never counts as a worker that died', async () => {
      const conference = await makeConference(database);
      const id = await queue.requestSync({ conference: conference.slug, trigger: 'api' });
      const worker = await queue.startWorker({ steps: stepsThat(async () => undefined) });
      await until(id, 'succeeded');
      const silentSince = new Date(0);
      const client = new Redis(redis?.url ?? '');
      await client.config('SET', 'maxmemory', '1');
      await database.orm.update(syncRuns).set({ state: 'running', flow: 60 }).where(eq(syncRuns.id, id));
      for (const flow of [60, 61]) {
        await database.orm.update(syncRuns).set({ heartbeatAt: silentSince }).where(eq(syncRuns.id, id));
        await until(id, 'running', { flow: flow + 1 });
      }
      await client.config('SET', 'maxmemory', '0');
      client.disconnect();
      await database.orm.update(syncRuns).set({ heartbeatAt: silentSince }).where(eq(syncRuns.id, id));
      await until(id, 'succeeded', { workersLost: 1 });
      await worker.close();
    }, 60_000);

    test('a Redis that lost its scripts, and nothing else, gets them anew', async () => {
      const conference = await makeConference(database);
      const worker = await queue.startWorker({ steps: stepsThat(async () => undefined) });
      const request = { conference: conference.slug, trigger: 'api' as const };
      await until(await queue.requestSync(request), 'succeeded');
      const client = new Redis(redis?.url ?? '');
      await client.script('FLUSH');
      client.disconnect();
      await until(await queue.requestSync(request), 'succeeded');
      await worker.close();
    }, 60_000);
  }

  test('all gone for a while: the worker comes back by itself', async () => {
    const conference = await makeConference(database);
    const started = gate();
    const worker = await queue.startWorker({
      steps: stepsThat(async (step, { signal }) => {
        if (step === 'rooms') started.open();
        await new Promise((resolve) => setTimeout(resolve, 300));
        signal.throwIfAborted();
        return undefined;
      }),
    });
    const id = await queue.requestSync({ conference: conference.slug, trigger: 'api' });
    await started.opened;
    await Promise.all([redis?.stop(), postgres.stop()]);
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await Promise.all([redis?.start(), postgres.start()]);
    await until(id, 'succeeded');
    await worker.close();
  }, 90_000);

  test('a producer says so when nothing can be kept, and works when the database is back', async () => {
    const conference = await makeConference(database);
    const producer = createProducer({ config: readConfig(env()) });
    const request = { conference: conference.slug, trigger: 'api' as const, comment: 'from elsewhere' };
    await postgres.stop();
    await expect(producer.requestSync(request)).rejects.toThrow(DatabaseUnavailableError);
    await postgres.start();
    const id = await producer.requestSync(request);
    await expect.poll(() => findRun(database.orm, id)).toMatchObject({ comment: 'from elsewhere' });
    await producer.close();
  }, 60_000);
});
