/** Workers are killed, servers restart and pretalx misbehaves, at random; CHAOS_SECONDS says how long, CHAOS_SEED how. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { DatabaseUnavailableError } from '../../src/errors.ts';
import { openQueue, type Queue } from '../../src/queue/queue.ts';
import { findRun } from '../../src/runs/runs.ts';
import { makeConference } from '../runs/conference.ts';
import { backends } from '../support/backends.ts';
import { type MirrorOfAny, mirrorFrom } from '../support/mirror.ts';
import { content } from '../support/mirror-content.ts';
import { type ReplayServer, startReplayServer } from '../support/replay-server.ts';
import { startProcess, type WorkerProcess } from './processes.ts';
import { type Restartable, restartablePostgres, restartableRedis } from './restartable.ts';
import { silent } from './rig.ts';

const seconds = Number(process.env.CHAOS_SECONDS ?? 15);
const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** The same numbers for the same seed, from 0 to below 1 (mulberry32). */
function randomOf(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe.each(backends)('on $name', ({ name }) => {
  let postgres: Restartable;
  let redis: Restartable | undefined;
  let upstream: ReplayServer;
  let database: Database;
  let queue: Queue;
  const workers: WorkerProcess[] = [];
  const env = () => ({
    DATABASE_URL: postgres.url,
    ...(redis ? { REDIS_URL: redis.url } : {}),
    PRETALX_BASE_URL: upstream.url,
    PRETALX_TOKEN: upstream.token('organiser'),
    PRETALX_TIMEOUT: '2s',
    GREENROOM_ATTEMPTS: '1000',
    GREENROOM_BACKOFF: '20ms',
    LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
    LOG_FORMAT: 'json',
  });
  const complaints: string[][] = [];
  /** One that can't start, because PostgreSQL is away, is started again, as a supervisor does. */
  const addWorker = () => {
    const worker = startProcess('real', env());
    workers.push(worker);
    complaints.push(worker.complaints);
    void worker.ended.then((code) => {
      const at = workers.indexOf(worker);
      if (code !== 1 || at < 0) return;
      workers.splice(at, 1);
      setTimeout(addWorker, 300);
    });
  };

  beforeAll(async () => {
    postgres = await restartablePostgres();
    redis = name === 'Redis' ? await restartableRedis() : undefined;
    upstream = await startReplayServer({ step: '1-v1.0' });
    database = openDatabase(postgres.url, { maxConnections: 4 });
    queue = await openQueue({ config: readConfig(env()), database, log: silent });
  });
  afterAll(async () => {
    for (const worker of workers.splice(0)) worker.kill('SIGKILL');
    await queue?.close();
    await database?.close();
    await upstream?.close();
    await redis?.remove();
    await postgres?.remove();
  });

  test(
    `whatever happens for ${seconds} s, no request is lost, nothing overlaps, and the mirror is right (CHAOS_SEED=${seed})`,
    async () => {
      const random = randomOf(seed);
      const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
      const { slug, id: conferenceId } = await makeConference(database);
      const asked = new Set<string>();
      const ask = async () => {
        try {
          asked.add(await queue.requestSync({ conference: slug, trigger: 'webhook' }));
        } catch (error) {
          if (!(error instanceof DatabaseUnavailableError)) throw error;
        }
      };
      const restart = async (server: Restartable | undefined) => {
        await server?.stop();
        await sleep(random() * 1_500);
        await server?.start();
      };
      const loseWorker = (signal: 'SIGKILL' | 'SIGTERM') => {
        const at = Math.floor(random() * workers.length);
        workers.splice(at, 1)[0]?.kill(signal);
        addWorker();
      };
      const rename = () =>
        upstream.edit('submissions', (items) =>
          items.map((item, index) => (index % 7 === 0 ? { ...item, title: `Renamed ${random()}` } : item)),
        );
      const listing = () => pick(['/rooms/', '/speakers/', '/submissions/', '/slots/', '/tags/', '/events/']);
      const events: [string, number, () => unknown][] = [
        ['kill a worker', 3, () => loseWorker('SIGKILL')],
        ['end a worker', 2, () => loseWorker('SIGTERM')],
        ['restart PostgreSQL', 1, () => restart(postgres)],
        ['restart Redis', redis ? 1 : 0, () => restart(redis)],
        ['pretalx answers 502', 2, () => upstream.on(listing()).times(3).answer(502)],
        ['pretalx asks to wait', 2, () => upstream.on(listing()).once().answer(429, { 'retry-after': '1' })],
        ['pretalx hangs up', 2, () => upstream.on(listing()).times(2).hangUp()],
        ['pretalx cuts off', 2, () => upstream.on(listing()).once().cutOff()],
        ['pretalx stalls', 1, () => upstream.on(listing()).once().stall()],
        ['talks are renamed', 3, rename],
        ['another release', 1, () => upstream.show(pick(['1-v1.0', '2-wip', '3-v1.1']))],
      ];
      const bag = events.flatMap(([what, weight, happen]) =>
        Array.from({ length: weight }, () => ({ what, happen })),
      );
      for (let count = 0; count < 3; count += 1) addWorker();
      const happened: string[] = [];
      const end = Date.now() + seconds * 1_000;
      while (Date.now() < end) {
        await ask();
        const { what, happen } = pick(bag);
        happened.push(what);
        await happen();
        await sleep(random() * 1_200);
      }
      upstream.behave();
      rename();
      await queue.ready(30_000);
      await ask();
      for (const id of asked) {
        await expect
          .poll(async () => (await findRun(database.orm, id)).state, { timeout: 60_000, interval: 200 })
          .toBe('succeeded');
      }
      expect(asked.size).toBeGreaterThan(0);
      expect(complaints.flat(), 'no worker ended by an error of its own').toEqual([]);
      const overlaps = await database.sql`
      select a.id from greenroom.sync_runs a join greenroom.sync_runs b
        on a.conference_id = b.conference_id and a.id < b.id
        and a.started_at < b.finished_at and b.started_at < a.finished_at
      where a.conference_id = ${conferenceId}`;
      expect([...overlaps]).toEqual([]);
      const twice = await database.sql`
      select id from greenroom.talks_versions where end_transaction_id is null group by id having count(*) > 1`;
      expect([...twice]).toEqual([]);
      const fresh = await mirrorFrom({
        url: upstream.url,
        slug: upstream.slug,
        token: upstream.token('organiser'),
      });
      try {
        await fresh.sync();
        const mirrored = await content({ db: database.orm } as MirrorOfAny);
        expect(mirrored, happened.join(', ')).toEqual(await content(fresh));
      } finally {
        await fresh.close();
      }
    },
    240_000 + seconds * 1_000,
  );
});
