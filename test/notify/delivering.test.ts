import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { updateConference } from '../../src/conferences/conferences.ts';
import { createLogger } from '../../src/log.ts';
import { openQueue } from '../../src/queue/queue.ts';
import type { SyncWorker } from '../../src/queue/worker.ts';
import { makeTrace, spawnWorker } from '../queue/processes.ts';
import { openRig, type Rig } from '../queue/rig.ts';
import { backends } from '../support/backends.ts';
import { type Stage, secret, secretEnv, setStage } from './stage.ts';

describe.each(backends)('messages about changes, on $name', (backend) => {
  let rig: Rig;
  let stage: Stage;
  let worker: SyncWorker | undefined;
  beforeAll(async () => {
    rig = await openRig(backend);
    await makeTrace(rig);
  });
  afterAll(() => rig.close());
  beforeEach(async () => {
    stage = await setStage(rig.database);
  });
  afterEach(async () => {
    await worker?.close();
    worker = undefined;
    await updateConference(rig.database.orm, stage.conference.slug, { notifyUrl: '' });
    await stage.close();
  });
  const work = async () => {
    worker = await rig.queue.startWorker({ concurrency: 1 });
  };
  const notifyQueue = () => {
    const queue = rig.queue.board.find(({ name }) => name === 'notify');
    if (!queue) throw new Error('Bull Board does not show the queue.');
    return queue;
  };

  test('each change is sent once, signed, in order, and seen on Bull Board', async () => {
    await work();
    for (const title of ['One', 'Two', 'Three']) await stage.retitle(title);
    const messages = await stage.delivered(3);
    expect(stage.titles()).toEqual(['One', 'Two', 'Three']);
    expect(messages.every((message) => message.verified)).toBe(true);
    expect(messages[0]?.body).toEqual({
      type: 'programme.changed',
      conference: stage.conference.slug,
      run: null,
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      changes: [
        expect.objectContaining({ entity: 'talk', key: 'AAA', kind: 'title', from: 'Untitled', to: 'One' }),
      ],
    });
    const [id] = messages.map((message) => message.id);
    expect(id).toMatch(new RegExp(`^${stage.conference.slug}-\\d+$`));
    await vi.waitFor(async () => {
      const job = await notifyQueue().getJob(id ?? '');
      expect(job?.returnvalue).toMatchObject({ outcome: 'delivered', status: 204 });
    });
    await vi.waitFor(async () =>
      expect(await stage.kept()).toMatchObject([
        { attempts: 1, error: null, deliveredAt: expect.any(Date), givenUpAt: null },
        { attempts: 1 },
        { attempts: 1 },
      ]),
    );
  });

  test('a receiver that fails gets the same message again, and nothing overtakes it', async () => {
    stage.receiver.answers.push(500, 302, 429, 404);
    await work();
    await stage.retitle('First');
    await stage.retitle('Second');
    await stage.delivered(2);
    const [first] = stage.receiver.received;
    const attempts = stage.receiver.received.slice(0, 5);
    expect(attempts.map(({ answered }) => answered)).toEqual([500, 302, 429, 404, 204]);
    expect(new Set(attempts.map(({ id, raw }) => id + raw))).toEqual(new Set([`${first?.id}${first?.raw}`]));
    expect(stage.receiver.received.every(({ verified }) => verified)).toBe(true);
    expect(stage.titles()).toEqual(['First', 'Second']);
    await vi.waitFor(async () =>
      expect(await stage.kept()).toMatchObject([{ attempts: 5 }, { attempts: 1 }]),
    );
  });

  test('a receiver that never answers is left after ten seconds and asked again', async () => {
    stage.receiver.answers.push('nothing');
    await work();
    await stage.retitle('Patience');
    await stage.delivered(1);
    expect(stage.receiver.received.map(({ answered }) => answered)).toEqual(['nothing', 204]);
  });

  test('one receiver that is away holds nobody else up', async () => {
    const other = await setStage(rig.database);
    stage.receiver.answers.push(...Array.from({ length: 100 }, () => 503));
    await work();
    await stage.retitle('Not heard');
    await other.retitle('Heard');
    await other.delivered(1);
    expect(stage.titles()).toEqual([]);
    stage.receiver.answers.length = 0;
    await stage.delivered(1);
    await other.close();
  });

  test('a worker that is killed in the middle of sending loses nothing', async () => {
    const env = { [secretEnv]: secret };
    const first = await spawnWorker(rig, env);
    stage.receiver.answers.push('nothing');
    for (const title of ['One', 'Two', 'Three']) await stage.retitle(title);
    await vi.waitFor(() => expect(stage.receiver.received).toHaveLength(1), 20_000);
    first.kill('SIGKILL');
    await first.ended;
    const second = await spawnWorker(rig, env);
    await stage.delivered(3);
    expect(stage.titles()).toEqual(['One', 'Two', 'Three']);
    const [interrupted, again] = stage.receiver.received;
    expect(again?.id).toBe(interrupted?.id);
    second.kill('SIGTERM');
    expect(await second.ended).toBe(0);
  });

  test('a queue that is emptied loses nothing', async () => {
    stage.receiver.answers.push(500, 500, 500);
    await work();
    await stage.retitle('One');
    await vi.waitFor(() => expect(stage.receiver.received.length).toBeGreaterThan(0), 20_000);
    await stage.retitle('Two');
    if (rig.redisUrl) {
      const redis = new Redis(rig.redisUrl);
      await redis.flushdb();
      redis.disconnect();
    } else await notifyQueue().obliterate({ force: true });
    await stage.delivered(2);
    expect([...new Set(stage.titles())]).toEqual(['One', 'Two']);
  });

  test('a message that could not be sent for a day is given up, with a record, and the next one follows', async () => {
    stage.receiver.answers.push(...Array.from({ length: 100 }, () => 500));
    await work();
    await stage.retitle('Lost');
    await vi.waitFor(async () => expect((await stage.kept())[0]?.attempts).toBeGreaterThan(0), 20_000);
    await rig.database.sql`update greenroom.notifications set first_attempt_at = now() - interval '25 hours'
      where conference_id = ${stage.conference.id}`;
    await stage.retitle('Next');
    const lost = await vi.waitFor(async () => {
      const [first] = await stage.kept();
      expect(first?.givenUpAt).toEqual(expect.any(Date));
      return first;
    }, 20_000);
    stage.receiver.answers.length = 0;
    await stage.delivered(1);
    expect(stage.titles()).toEqual(['Next']);
    expect(lost?.error).toMatch(/answered 500/);
    const job = await notifyQueue().getJob(lost?.webhookId ?? '');
    expect(job?.failedReason).toMatch(/^Given up after \d+ attempts/);
  });

  test('without the secret nothing is sent, and everything is when it is there', async () => {
    delete process.env[secretEnv];
    await work();
    await stage.retitle('Later');
    await vi.waitFor(
      async () => expect((await stage.kept())[0]?.error).toMatch(`${secretEnv} is not set`),
      20_000,
    );
    expect(stage.receiver.received).toEqual([]);
    process.env[secretEnv] = secret;
    await stage.delivered(1);
    expect(stage.receiver.received[0]?.verified).toBe(true);
  });

  test('a message that was to wait is tried at once when its address is set anew', async () => {
    stage.receiver.answers.push(404);
    stage.receiver.headers = { 'retry-after': '3600' };
    await work();
    await stage.retitle('Later');
    await vi.waitFor(async () => expect((await stage.kept())[0]?.attempts).toBe(1), 20_000);
    await updateConference(rig.database.orm, stage.conference.slug, {
      notifyUrl: `${stage.receiver.url}/new`,
    });
    await stage.delivered(1);
    expect(stage.receiver.received.map(({ answered }) => answered)).toEqual([404, 204]);
  });

  test('a closing worker hands a message back at once', async () => {
    stage.receiver.answers.push('nothing');
    await work();
    await stage.retitle('Handed back');
    await vi.waitFor(() => expect(stage.receiver.received).toHaveLength(1), 20_000);
    await worker?.close();
    expect((await stage.kept())[0]).toMatchObject({ attempts: 0, deliveredAt: null });
    await work();
    await stage.delivered(1);
    expect(stage.titles()).toEqual(['Handed back']);
  });

  test('two workers keep the order too', async () => {
    await work();
    const another = await (await rig.another()).queue.startWorker({ concurrency: 1 });
    const titles = Array.from({ length: 12 }, (_, number) => `Title ${number}`);
    stage.receiver.answers.push(204, 500, 204, 500, 500);
    for (const title of titles) await stage.retitle(title);
    await stage.delivered(titles.length);
    expect(stage.titles()).toEqual(titles);
    await another.close();
  });

  test('no log line has the secret or the path of the address', async () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'trace', format: 'json' }, { write: (line) => lines.push(line) });
    const queue = await openQueue({ config: rig.config, database: rig.database, log });
    stage.receiver.answers.push(500);
    const own = await queue.startWorker({ concurrency: 1 });
    await stage.retitle('Quiet');
    await stage.delivered(1);
    await own.close();
    await queue.close();
    expect(lines.join()).toMatch('message not delivered yet');
    expect(lines.join()).not.toMatch(secret);
    expect(lines.join()).not.toMatch('/hooks/');
  });

  test('a database that goes away while they are made is not told anew for each conference', async () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'trace', format: 'json' }, { write: (line) => lines.push(line) });
    const { sql } = rig.database;
    const writing = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    // Whoever makes messages waits for this writer, in a transaction of its own.
    const writer = sql.begin(async (tx) => {
      await tx`insert into greenroom.transactions (issued_at) values (now())`;
      writing.resolve();
      await over.promise;
    });
    await writing.promise;
    await stage.retitle('Told after all');
    const queue = await openQueue({ config: rig.config, database: rig.database, log });
    const own = await queue.startWorker({ concurrency: 1 });
    await vi.waitFor(async () => {
      const ended = await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and state = 'idle in transaction' and query like '%virtualtransaction%'`;
      if (ended.length === 0) throw new Error('Nobody makes messages yet.');
    });
    over.resolve();
    await writer;
    await stage.delivered(1);
    await own.close();
    await queue.close();
    expect(lines.join()).toMatch('messages are looked for again');
    expect(lines.join()).not.toMatch('can not be told');
  });
});
