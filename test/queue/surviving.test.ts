import { eq } from 'drizzle-orm';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { pauseConference, resumeConference } from '../../src/conferences/conferences.ts';
import { syncRuns } from '../../src/db/schema/index.ts';
import { createLogger } from '../../src/log.ts';
import { openQueue } from '../../src/queue/queue.ts';
import { findRun } from '../../src/runs/runs.ts';
import { makeConference } from '../runs/conference.ts';
import { backends } from '../support/backends.ts';
import { makeTrace, spawnWorker, traceOf, type WorkerProcess } from './processes.ts';
import { gate, openRig, type Rig, stepsThat } from './rig.ts';

describe.each(backends)('on $name', (backend) => {
  let rig: Rig;
  const processes: WorkerProcess[] = [];
  beforeAll(async () => {
    rig = await openRig(backend);
    await makeTrace(rig);
  });
  afterEach(async () => {
    for (const each of processes.splice(0)) {
      each.kill('SIGKILL');
      await each.ended;
    }
  });
  afterAll(() => rig.close());

  const worker = async (env?: NodeJS.ProcessEnv) => {
    const started = await spawnWorker(rig, env);
    processes.push(started);
    return started;
  };
  const begun = (conferenceId: number, step: string, pid?: number) =>
    expect
      .poll(async () => traceOf(rig, conferenceId), { timeout: 15_000 })
      .toContainEqual(
        expect.objectContaining({ kind: 'begin', step, ...(pid === undefined ? {} : { pid }) }),
      );

  test('a conference goes on elsewhere within 15 seconds when its worker is killed', async () => {
    const conference = await makeConference(rig.database);
    const victim = await worker({ STEP_MS: '60000' });
    const id = await rig.queue.requestSync({ conference: conference.slug, trigger: 'api' });
    await begun(conference.id, 'rooms', victim.pid);
    const heir = await worker();
    victim.kill('SIGKILL');
    await begun(conference.id, 'rooms', heir.pid);
    const run = await rig.until(id, 'succeeded');
    expect(run.attempts).toBe(1);
    const ends = (await traceOf(rig, conference.id)).filter(({ kind }) => kind === 'end');
    expect(ends.map(({ step, pid }) => [step, pid])).toEqual(
      ['rooms', 'speakers', 'talks', 'schedule'].map((step) => [step, heir.pid]),
    );
  }, 60_000);

  test('a worker that is told to end hands its job back and is gone within 5 seconds', async () => {
    const conference = await makeConference(rig.database);
    const leaving = await worker({ STEP_MS: '60000' });
    const id = await rig.queue.requestSync({ conference: conference.slug, trigger: 'api' });
    await begun(conference.id, 'rooms', leaving.pid);
    const heir = await worker();
    leaving.kill('SIGTERM');
    const tooLate = new Promise((resolve) => setTimeout(resolve, 5_000, 'still there').unref());
    expect(await Promise.race([leaving.ended, tooLate])).toBe(0);
    await begun(conference.id, 'rooms', heir.pid);
    expect(await rig.until(id, 'succeeded')).toMatchObject({ attempts: 1 });
  }, 60_000);

  test('even when the step does not notice', async () => {
    const conference = await makeConference(rig.database);
    const leaving = await worker({ STEP_MS: '3500', DEAF: 'yes' });
    const id = await rig.queue.requestSync({ conference: conference.slug, trigger: 'api' });
    await begun(conference.id, 'rooms', leaving.pid);
    leaving.kill('SIGTERM');
    const tooLate = new Promise((resolve) => setTimeout(resolve, 5_000, 'still there').unref());
    expect(await Promise.race([leaving.ended, tooLate])).toBe(0);
    expect(await findRun(rig.database.orm, id)).toMatchObject({ state: 'running', attempts: 1 });
    const next = await worker();
    await begun(conference.id, 'rooms', next.pid);
    await rig.until(id, 'succeeded');
  }, 60_000);

  test('many conferences on several workers that share nothing else never overlap', async () => {
    const conferences = await Promise.all(Array.from({ length: 6 }, () => makeConference(rig.database)));
    const workers = [await worker({ STEP_MS: '20' }), await worker({ STEP_MS: '20' })];
    const asked: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      for (const { slug } of conferences) {
        asked.push(await rig.queue.requestSync({ conference: slug, trigger: 'webhook' }));
      }
    }
    for (const id of new Set(asked)) await rig.until(id, 'succeeded');
    for (const { id } of conferences) {
      const trace = await traceOf(rig, id);
      for (let at = 0; at < trace.length; at += 2) {
        const [begin, end] = trace.slice(at, at + 2);
        expect([begin?.kind, end?.kind, end?.step]).toEqual(['begin', 'end', begin?.step]);
      }
      const done = trace.filter(({ kind }) => kind === 'end').map(({ run, step }) => `${run} ${step}`);
      expect(new Set(done).size).toBe(done.length);
    }
    expect(workers).toHaveLength(2);
  }, 60_000);

  test('an emptied queue loses neither what waits nor what runs', async () => {
    const running = await makeConference(rig.database);
    const waiting = await makeConference(rig.database);
    const finish = gate();
    const started = gate();
    const steps = stepsThat(async (step, { conference }) => {
      if (conference.id === running.id && step === 'rooms') {
        started.open();
        await finish.opened;
      }
      return undefined;
    });
    const one = await rig.queue.startWorker({ steps, concurrency: 1 });
    const ids = [await rig.queue.requestSync({ conference: running.slug, trigger: 'api' })];
    await started.opened;
    ids.push(await rig.queue.requestSync({ conference: waiting.slug, trigger: 'api' }));
    await emptyQueue(rig);
    finish.open();
    for (const id of ids) expect(await rig.until(id, 'succeeded')).toMatchObject({ attempts: 1 });
    await one.close();
  }, 60_000);

  test('requests while a conference is paused are remembered, and run once when it is resumed', async () => {
    const conference = await makeConference(rig.database);
    const one = await rig.queue.startWorker({ steps: stepsThat(async () => undefined) });
    await pauseConference(rig.database.orm, conference.slug);
    const ids = new Set<string>();
    for (let asked = 0; asked < 3; asked += 1) {
      ids.add(await rig.queue.requestSync({ conference: conference.slug, trigger: 'webhook' }));
    }
    expect(ids.size).toBe(1);
    const [id = ''] = ids;
    expect(await findRun(rig.database.orm, id)).toMatchObject({ state: 'queued' });
    await resumeConference(rig.database.orm, conference.slug);
    await rig.until(id, 'succeeded');
    expect(await rig.runsOf(conference.id)).toHaveLength(1);
    await one.close();
  });

  test('a conference that is paused after its request was enqueued waits too', async () => {
    const conference = await makeConference(rig.database);
    const id = await rig.queue.requestSync({ conference: conference.slug, trigger: 'webhook' });
    await pauseConference(rig.database.orm, conference.slug);
    const one = await rig.queue.startWorker({ steps: stepsThat(async () => undefined) });
    await expect
      .poll(async () => (await findRun(rig.database.orm, id)).heartbeatAt, { timeout: 10_000 })
      .toBeNull();
    expect(await findRun(rig.database.orm, id)).toMatchObject({ state: 'queued' });
    await resumeConference(rig.database.orm, conference.slug);
    await rig.until(id, 'succeeded');
    await one.close();
  });

  test('a run that has begun when its conference is paused goes on to its end', async () => {
    const conference = await makeConference(rig.database);
    const steps = stepsThat(async (step) => {
      if (step === 'rooms') await pauseConference(rig.database.orm, conference.slug);
      return undefined;
    });
    const one = await rig.queue.startWorker({ steps });
    await rig.until(
      await rig.queue.requestSync({ conference: conference.slug, trigger: 'api' }),
      'succeeded',
    );
    await one.close();
  });

  test('a run whose workers die again and again is given up, with a sentence in the log too, and counted', async () => {
    const conference = await makeConference(rig.database);
    const id = await rig.queue.requestSync({ conference: conference.slug, trigger: 'api' });
    await rig.database.orm
      .update(syncRuns)
      .set({ state: 'running', flow: 51, workersLost: 50, startedAt: new Date(), heartbeatAt: new Date(0) })
      .where(eq(syncRuns.id, id));
    const counted: string[] = [];
    const lines: string[] = [];
    const log = createLogger({ level: 'info', format: 'json' }, { write: (line) => lines.push(line) });
    const queue = await openQueue({ config: rig.config, database: rig.database, log });
    const one = await queue.startWorker({
      steps: stepsThat(async () => undefined),
      observe: { onRunEnd: (state) => counted.push(state) },
    });
    const run = await rig.until(id, 'failed');
    expect(run.error).toMatchObject({ message: expect.stringMatching(/workers died 50 times/) });
    await expect.poll(() => counted).toEqual(['failed']);
    const told = lines.map((line) => JSON.parse(line)).filter((line) => line.run === id);
    expect(told).toMatchObject([{ level: 50, msg: expect.stringMatching(/^run failed: .*died 50 times/) }]);
    await one.close();
    await queue.close();
  });
});

/** Takes all jobs out of the queue's server, as a Redis without persistence does when it restarts. */
async function emptyQueue(rig: Rig): Promise<void> {
  if (rig.redisUrl === undefined) {
    await rig.database.sql`delete from greenroom_queue.job`;
    return;
  }
  const redis = new Redis(rig.redisUrl);
  await redis.flushdb();
  redis.disconnect();
}
