import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { updateConference } from '../../src/conferences/conferences.ts';
import { removeConference } from '../../src/conferences/remove.ts';
import { createLogger } from '../../src/log.ts';
import { openQueue } from '../../src/queue/queue.ts';
import { watchRun } from '../../src/queue/watch.ts';
import { findRun } from '../../src/runs/runs.ts';
import { performStep, readingFor } from '../../src/sync/index.ts';
import { makeConference } from '../runs/conference.ts';
import { backends } from '../support/backends.ts';
import { startReplayServer } from '../support/replay-server.ts';
import { gate, openRig, type Rig, stepsThat } from './rig.ts';

describe.each(backends)('a run on $name', (backend) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await openRig(backend);
  });
  afterAll(() => rig.close());

  test('does its steps in order, each when the one before it is done, and keeps the result', async () => {
    const conference = await makeConference(rig.database);
    const done: string[] = [];
    const closed = { count: 0 };
    const worker = await rig.queue.startWorker({
      steps: stepsThat(async (step, context) => {
        expect(context.conference.id).toBe(conference.id);
        done.push(step);
        context.progress({ phase: 'fetching' });
        context.progress({ phase: 'done', count: done.length });
        return step === 'schedule' ? { result: { rooms: 3, warnings: [] } } : undefined;
      }, closed),
    });
    const id = await rig.queue.requestSync({ conference: conference.slug, trigger: 'api', actor: 'ada' });
    const run = await rig.until(id, 'succeeded');
    expect(done).toEqual(['rooms', 'speakers', 'talks', 'schedule']);
    expect(run).toMatchObject({ attempts: 1, actor: 'ada', result: { rooms: 3, warnings: [] }, error: null });
    expect(run.progress).toMatchObject({
      rooms: { phase: 'done', count: 1 },
      schedule: { phase: 'done', count: 4 },
    });
    expect(closed.count).toBe(1);
    const [board] = rig.queue.board;
    await expect(board?.getJob(`${id}_${run.flow}_rooms`)).resolves.toMatchObject({
      progress: { phase: 'done', count: 1 },
    });
    await worker.close();
  });

  test('does only the steps that were asked for, and the last one always', async () => {
    const conference = await makeConference(rig.database);
    const done: string[] = [];
    const worker = await rig.queue.startWorker({
      steps: stepsThat(async (step) => {
        done.push(step);
        return undefined;
      }),
    });
    const { id } = await rig.queue.request({
      conference: conference.slug,
      trigger: 'api',
      entities: ['talks'],
    });
    await rig.until(id, 'succeeded');
    expect(done).toEqual(['talks', 'schedule']);
    await worker.close();
  });

  test('goes on with the event that its conference is given between two steps, in the same attempt', async () => {
    const before = await startReplayServer({ step: '1-v1.0' });
    const after = await startReplayServer({ step: '5-v2.0' });
    after.edit('rooms', (rooms) => rooms.map((room) => ({ ...room, name: { en: `New ${room.id}` } })));
    const conference = await makeConference(rig.database, { baseUrl: before.url });
    vi.stubEnv('TOKEN_OF_BOTH', before.token('organiser'));
    await updateConference(rig.database.orm, conference.slug, { tokenEnv: 'TOKEN_OF_BOTH' });
    const perform: typeof performStep = async (step, context) => {
      const done = await performStep(step, context);
      if (step === 'speakers')
        await updateConference(rig.database.orm, conference.slug, { baseUrl: after.url });
      return done;
    };
    const worker = await rig.queue.startWorker({ steps: { perform, openReading: readingFor } });
    const id = await rig.queue.requestSync({ conference: conference.slug, trigger: 'api' });
    expect(await rig.until(id, 'succeeded', 'failed', 'held')).toMatchObject({
      state: 'succeeded',
      attempts: 1,
    });
    const rooms = await rig.database.sql`
      select name from greenroom.rooms where conference_id = ${conference.id} and removed_at is null`;
    expect(rooms.map(({ name }) => name)).toEqual(rooms.map(() => expect.stringMatching(/^New /)));
    await worker.close();
    vi.unstubAllEnvs();
    await before.close();
    await after.close();
  });

  test('is handed back at once when its worker closes while pretalx does not answer', async () => {
    const upstream = await startReplayServer({ step: '1-v1.0' });
    upstream.on('/rooms/').stall();
    const conference = await makeConference(rig.database, { baseUrl: upstream.url });
    const worker = await rig.queue.startWorker();
    const id = await rig.queue.requestSync({ conference: conference.slug, trigger: 'api' });
    const isAsked = () => upstream.requests.some(({ path }) => path.endsWith('/rooms/'));
    await expect.poll(isAsked, { timeout: 15_000 }).toBe(true);
    const startedAt = performance.now();
    await worker.close();
    expect(performance.now() - startedAt).toBeLessThan(2_400);
    expect(await findRun(rig.database.orm, id)).toMatchObject({ state: 'running', attempts: 1 });
    await removeConference(rig.database, conference.slug);
    await upstream.close();
  });

  test('two hundred requests during a run give exactly one more', async () => {
    const conference = await makeConference(rig.database);
    const started = gate();
    const finish = gate();
    let now = 0;
    let most = 0;
    const steps = stepsThat(async () => {
      now += 1;
      most = Math.max(most, now);
      started.open();
      await finish.opened;
      now -= 1;
      return undefined;
    });
    const other = await rig.another();
    const workers = [
      await rig.queue.startWorker({ steps, concurrency: 4 }),
      await other.queue.startWorker({ steps, concurrency: 4 }),
    ];
    const first = await rig.queue.requestSync({ conference: conference.slug, trigger: 'api' });
    await started.opened;
    const asked = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        (index % 2 ? rig : other).queue.requestSync({ conference: conference.slug, trigger: 'webhook' }),
      ),
    );
    expect(new Set(asked).size).toBe(1);
    expect(asked[0]).not.toBe(first);
    finish.open();
    await rig.until(asked[0] ?? '', 'succeeded');
    expect(await rig.runsOf(conference.id)).toHaveLength(2);
    expect(most).toBe(1);
    for (const worker of workers) await worker.close();
  });

  test('a slow conference does not hold up others', async () => {
    const slow = await makeConference(rig.database);
    const quick = await makeConference(rig.database);
    const finish = gate();
    const worker = await rig.queue.startWorker({
      concurrency: 2,
      steps: stepsThat(async (_step, { conference }) => {
        if (conference.id === slow.id) await finish.opened;
        return undefined;
      }),
    });
    const waiting = await rig.queue.requestSync({ conference: slow.slug, trigger: 'api' });
    const id = await rig.queue.requestSync({ conference: quick.slug, trigger: 'api' });
    await rig.until(id, 'succeeded');
    expect(await findRun(rig.database.orm, waiting)).toMatchObject({ state: 'running' });
    finish.open();
    await rig.until(waiting, 'succeeded');
    await worker.close();
  });

  test('that has begun goes before those that wait', async () => {
    const steps: string[] = [];
    const ids: string[] = [];
    for (let at = 0; at < 3; at += 1) {
      const { slug } = await makeConference(rig.database);
      ids.push(await rig.queue.requestSync({ conference: slug, trigger: 'api' }));
    }
    expect(await rig.queue.counts()).toMatchObject({ waiting: 3, 'waiting-children': 9 });
    const worker = await rig.queue.startWorker({
      concurrency: 1,
      steps: stepsThat(async (step, { run }) => {
        steps.push(`${ids.indexOf(run.id)} ${step}`);
        return undefined;
      }),
    });
    for (const id of ids) await rig.until(id, 'succeeded');
    const ofRun = (run: number) => ['rooms', 'speakers', 'talks', 'schedule'].map((step) => `${run} ${step}`);
    expect(steps).toEqual([...ofRun(0), ...ofRun(1), ...ofRun(2)]);
    await worker.close();
  });

  test('ends with a line in the log when its conference is removed, and its worker goes on', async () => {
    const removed = await makeConference(rig.database);
    const other = await makeConference(rig.database);
    const lines: string[] = [];
    const log = createLogger({ level: 'info', format: 'json' }, { write: (line) => lines.push(line) });
    const queue = await openQueue({ config: rig.config, database: rig.database, log });
    const steps = stepsThat(async (_step, { conference, signal }) => {
      if (conference.id !== removed.id) return undefined;
      await removeConference(rig.database, removed.slug);
      await once(signal, 'abort');
      throw signal.reason;
    });
    const worker = await queue.startWorker({ concurrency: 1, steps });
    const gone = await queue.requestSync({ conference: removed.slug, trigger: 'api' });
    const told = () => lines.map((line) => JSON.parse(line)).filter(({ run }) => run === gone);
    const line = { level: 30, step: 'rooms', msg: 'the step ends without effect' };
    await expect.poll(told, { timeout: 10_000 }).toEqual([expect.objectContaining(line)]);
    const id = await queue.requestSync({ conference: other.slug, trigger: 'api' });
    await rig.until(id, 'succeeded');
    expect(told()).toHaveLength(1);
    expect(await queue.counts()).toMatchObject({ failed: 0 });
    await worker.close();
    await queue.close();
  });

  test('an onlooker sees the progress of every step and the end', async () => {
    const conference = await makeConference(rig.database);
    const id = await rig.queue.requestSync({ conference: conference.slug, trigger: 'api' });
    const seen: string[] = [];
    const looking = (async () => {
      for await (const { state, progress } of watchRun(rig.database, id, { intervalMs: 20 })) {
        seen.push(state);
        if (state === 'succeeded') expect(Object.keys(progress)).toContain('talks');
      }
    })();
    await expect.poll(() => seen).toEqual(['queued']);
    const worker = await rig.queue.startWorker({
      steps: stepsThat(async (_step, { progress }) => {
        progress({ phase: 'done', count: 1 });
        return undefined;
      }),
    });
    await looking;
    expect(seen.at(-1)).toBe('succeeded');
    await worker.close();
  });

  test('a worker for one run leaves other conferences to other workers', async () => {
    const mine = await makeConference(rig.database);
    const others = await makeConference(rig.database);
    const theirs = await rig.queue.requestSync({ conference: others.slug, trigger: 'api' });
    const id = await rig.queue.requestSync({ conference: mine.slug, trigger: 'cli' });
    const touched = new Set<number>();
    const steps = stepsThat(async (_step, { conference }) => {
      touched.add(conference.id);
      return undefined;
    });
    const worker = await rig.queue.startWorker({ steps, onlyRun: id, concurrency: 1 });
    await rig.until(id, 'succeeded');
    await worker.close();
    expect([...touched]).toEqual([mine.id]);
    const general = await rig.queue.startWorker({ steps });
    await rig.until(theirs, 'succeeded');
    await general.close();
  });

  test('a job that is not ours fails with a sentence and is not tried again', async () => {
    const [board] = rig.queue.board;
    const job = await board?.add('rooms', { runId: 'no', flow: 0 }, { attempts: 5 });
    const worker = await rig.queue.startWorker({ steps: stepsThat(async () => undefined) });
    await expect
      .poll(async () => (await board?.getJob(job?.id ?? ''))?.failedReason, { timeout: 10_000 })
      .toMatch(
        /not made by greenroom \(runId is not a UUID; flow must be more than 0; step must be one of rooms,/,
      );
    await worker.close();
  });

  test('the queue says that it is well, and how many jobs it has', async () => {
    await rig.queue.ready();
    expect(await rig.queue.health()).toMatchObject({ ok: true });
    expect(await rig.queue.counts()).toMatchObject({ waiting: 0, active: 0 });
  });
});
