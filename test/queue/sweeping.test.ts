import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { eq, sql } from 'drizzle-orm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import {
  conferences,
  syncRuns,
  syncSteps,
  transactions,
  webhookDeliveries,
} from '../../src/db/schema/index.ts';
import { createLogger } from '../../src/log.ts';
import { prune } from '../../src/queue/prune.ts';
import { openQueue } from '../../src/queue/queue.ts';
import { requestScheduled } from '../../src/queue/schedules.ts';
import { makeConference } from '../runs/conference.ts';
import { backends } from '../support/backends.ts';
import { openRig, type Rig, stepsThat } from './rig.ts';

describe('conferences that are synced every so often', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await openRig({ redisUrl: () => undefined });
  });
  afterAll(() => rig.close());

  const nextDue = async (id: number) => {
    const [row] = await rig.database.orm.select().from(conferences).where(eq(conferences.id, id));
    return row?.nextDueAt?.getTime() ?? 0;
  };

  test('a thousand added at once are spread over their period, and stay spread', async () => {
    await rig.database.orm.execute(sql`
      insert into greenroom.conferences (slug, name, pretalx_event_slug, every)
      select 'many-' || n, 'many', 'democon', '15m' from generate_series(1, 1000) n`);
    const start = Date.now();
    expect(await requestScheduled(rig.database)).toEqual([]);
    const perMinute = async () => {
      const minutes = new Map<number, number>();
      for (const row of await rig.database.orm.select().from(conferences)) {
        const minute = Math.floor(((row.nextDueAt?.getTime() ?? 0) - start) / 60_000);
        minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
      }
      return minutes;
    };
    const first = await perMinute();
    expect(first.size).toBeGreaterThanOrEqual(15);
    expect(Math.max(...first.values())).toBeLessThan(130);
    await rig.database.orm.execute(sql`update greenroom.conferences set next_due_at = now()`);
    expect(await requestScheduled(rig.database)).toHaveLength(1000);
    const later = await perMinute();
    expect([Math.min(...later.keys()), Math.max(...later.keys())]).toEqual([13, 16]);
    await rig.database.orm.execute(sql`delete from greenroom.conferences`);
  });

  test('what was missed is made up for once', async () => {
    const conference = await makeConference(rig.database, { every: '1m', nextDueAt: new Date(0) });
    await requestScheduled(rig.database);
    await requestScheduled(rig.database);
    const runs = await rig.runsOf(conference.id);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ trigger: 'schedule', state: 'queued' });
    expect(await nextDue(conference.id)).toBeGreaterThan(Date.now());
  });

  test('a paused conference keeps its turn until it is resumed', async () => {
    const conference = await makeConference(rig.database, {
      every: '1d',
      nextDueAt: new Date(0),
      pausedAt: new Date(),
    });
    expect(await requestScheduled(rig.database)).toEqual([]);
    await rig.database.orm
      .update(conferences)
      .set({ pausedAt: null })
      .where(eq(conferences.id, conference.id));
    expect(await requestScheduled(rig.database)).toEqual([conference.id]);
  });

  test('a period that is none harms nobody else', async () => {
    const broken = await makeConference(rig.database, { every: 'often', nextDueAt: new Date(0) });
    const fine = await makeConference(rig.database, { every: '30s', nextDueAt: new Date(0) });
    expect(await requestScheduled(rig.database)).toEqual([fine.id]);
    expect(await rig.runsOf(broken.id)).toEqual([]);
  });

  test('one that names no event is not asked for', async () => {
    await makeConference(rig.database, { every: '30s', nextDueAt: new Date(0), pretalxEventSlug: null });
    expect(await requestScheduled(rig.database)).toEqual([]);
  });
});

describe.each(backends)('the sweeper on $name', (backend) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await openRig(backend);
  });
  afterAll(() => rig.close());

  test('works off what was asked for while no worker was there', async () => {
    const conference = await makeConference(rig.database, { every: '1h', nextDueAt: new Date(0) });
    const worker = await rig.queue.startWorker({ steps: stepsThat(async () => undefined) });
    await expect
      .poll(async () => (await rig.runsOf(conference.id))[0]?.state, { timeout: 10_000 })
      .toBe('succeeded');
    await worker.close();
  });

  test('one process sweeps, and another takes over when it ends', async () => {
    const conference = await makeConference(rig.database);
    const steps = stepsThat(async () => undefined);
    const other = await rig.another();
    const first = await rig.queue.startWorker({ steps });
    const second = await other.queue.startWorker({ steps });
    const leaders = async () => {
      const [row] = await rig.database.sql<{ count: number }[]>`
        select count(*)::int from pg_locks l join pg_database d on d.oid = l.database
        where locktype = 'advisory' and granted and objid = (hashtext('greenroom sweeper')::bigint & 4294967295)::oid
          and d.datname = current_database()`;
      return row?.count;
    };
    await expect.poll(leaders, { timeout: 10_000 }).toBe(1);
    await first.close();
    await rig.database.orm.update(conferences).set({ every: '1h', nextDueAt: new Date(0) });
    await expect
      .poll(async () => (await rig.runsOf(conference.id))[0]?.state, { timeout: 10_000 })
      .toBe('succeeded');
    expect(await leaders()).toBe(1);
    await second.close();
  });

  test('goes on when its connection to PostgreSQL falls silent', async () => {
    const conference = await makeConference(rig.database);
    const server = new URL(rig.database.url);
    const silenced: Socket[] = [];
    const between = createServer((asked) => {
      const answering = connect(Number(server.port), server.hostname);
      asked.on('error', () => answering.destroy()).on('close', () => answering.destroy());
      answering.on('error', () => asked.destroy()).on('close', () => asked.destroy());
      asked.once('data', (first) => {
        if (first.includes('greenroom sweeper')) silenced.push(asked);
      });
      asked.pipe(answering);
      answering.pipe(asked);
    });
    await once(between.listen(0, '127.0.0.1'), 'listening');
    const { port } = between.address() as AddressInfo;
    const database = openDatabase(rig.database.url.replace(`:${server.port}/`, `:${port}/`));
    const lines: string[] = [];
    const log = createLogger({ level: 'info', format: 'json' }, { write: (line) => lines.push(line) });
    const queue = await openQueue({ config: rig.config, database, log });
    const worker = await queue.startWorker({ steps: stepsThat(async () => undefined) });
    await expect.poll(() => silenced.length, { timeout: 10_000 }).toBe(1);
    silenced[0]?.unpipe();
    await expect.poll(() => silenced.length, { timeout: 60_000 }).toBeGreaterThan(1);
    await rig.database.orm
      .update(conferences)
      .set({ every: '1h', nextDueAt: new Date(0) })
      .where(eq(conferences.id, conference.id));
    await expect
      .poll(async () => (await rig.runsOf(conference.id))[0]?.state, { timeout: 20_000 })
      .toBe('succeeded');
    const told = lines
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => /PostgreSQL|sweep failed/.test(msg));
    expect(told).toMatchObject([
      {
        msg: 'the connection to PostgreSQL failed; trying again until it is back',
        reason: 'PostgreSQL did not answer the sweeper in time',
      },
      { msg: 'PostgreSQL is back' },
    ]);
    await worker.close();
    await queue.close();
    await database.close();
    between.close();
  }, 90_000);

  test('forgets old deliveries, the steps of ended runs, and nothing that is needed', async () => {
    const conference = await makeConference(rig.database);
    const [id, running] = ['0198f000-0000-7000-8000-000000000001', '0198f000-0000-7000-8000-000000000002'];
    const old = new Date(Date.now() - 40 * 86_400_000);
    const values = { conferenceId: conference.id, trigger: 'api' as const, entities: ['rooms' as const] };
    await rig.database.orm.insert(syncRuns).values([
      { id, ...values, state: 'succeeded', finishedAt: old },
      { id: running, ...values, state: 'held', startedAt: old },
    ]);
    await rig.database.orm
      .insert(syncSteps)
      .values([id, running].map((runId) => ({ runId, step: 'rooms', durationMs: 1, outcome: {} })));
    await rig.database.orm.insert(webhookDeliveries).values([
      { conferenceId: conference.id, deliveryKey: 'old', runId: id, receivedAt: old },
      { conferenceId: conference.id, deliveryKey: 'new', runId: id },
    ]);
    const [board] = rig.queue.board;
    if (!board) throw new Error('There is no queue.');
    await prune(rig.database, board);
    const deliveries = await rig.database.orm.select().from(webhookDeliveries);
    expect(deliveries.map(({ deliveryKey }) => deliveryKey)).toEqual(['new']);
    const steps = await rig.database.orm.select().from(syncSteps);
    expect(steps.map(({ runId }) => runId)).toEqual([running]);
    expect(await rig.runsOf(conference.id)).toHaveLength(2);
  });

  test('forgets runs of long ago that changed nothing, but neither the last success nor one that changed something', async () => {
    const { id: conferenceId } = await makeConference(rig.database);
    const [board] = rig.queue.board;
    if (!board) throw new Error('There is no queue.');
    const endedDaysAgo = (days: number, state: 'succeeded' | 'failed') => {
      const at = new Date(Date.now() - days * 86_400_000);
      const what = { conferenceId, trigger: 'schedule' as const, entities: ['rooms' as const] };
      return { id: uuid(), ...what, state, requestedAt: at, finishedAt: at };
    };
    const changing = endedDaysAgo(400, 'succeeded');
    const idle = endedDaysAgo(300, 'succeeded');
    const failed = endedDaysAgo(200, 'failed');
    const newest = endedDaysAgo(100, 'succeeded');
    const failedSince = endedDaysAgo(95, 'failed');
    await rig.database.orm.insert(syncRuns).values([changing, idle, failed, newest, failedSince]);
    await rig.database.orm
      .insert(transactions)
      .values({ issuedAt: new Date(), conferenceId, runId: changing.id });
    await prune(rig.database, board);
    const kept = (await rig.runsOf(conferenceId)).map((run) => run.id);
    expect(kept.sort()).toEqual([changing.id, newest.id, failedSince.id].sort());
  });
});
