import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addConference } from '../../src/conferences/conferences.ts';
import { queueName } from '../../src/queue/job.ts';
import { openBackend } from '../../src/queue/open-backend.ts';
import { makeConference } from '../runs/conference.ts';
import { backends } from '../support/backends.ts';
import { type ReplayServer, startReplayServer } from '../support/replay-server.ts';
import { openRig, type Rig, silent, stepsThat } from './rig.ts';

describe.each(backends)('the progress of a step on $name', (backend) => {
  let rig: Rig;
  let upstream: ReplayServer;
  beforeAll(async () => {
    upstream = await startReplayServer({ step: '1-v1.0' });
    rig = await openRig(backend, {
      PRETALX_BASE_URL: upstream.url,
      PRETALX_TOKEN: upstream.token('organiser'),
    });
  });
  afterAll(async () => {
    await rig.close();
    await upstream.close();
  });

  test('is told by the queue in each of its phases, however short they are', async () => {
    const { config, database } = rig;
    const own = await openBackend(config, database, silent);
    const events = new own.classes.QueueEvents(queueName, own.options);
    const told: unknown[] = [];
    events.on('progress', ({ jobId, data }) => jobId.endsWith('_speakers') && told.push(data));
    await events.waitUntilReady();
    const conference = await makeConference(database);
    const worker = await rig.queue.startWorker({
      steps: stepsThat(async (_step, { progress }) => {
        progress({ phase: 'fetching' });
        progress({ phase: 'writing', current: 0, total: 3 });
        progress({ phase: 'writing', current: 3, total: 3 });
        progress({ phase: 'done', count: 3 });
        return undefined;
      }),
    });
    const id = await rig.queue.requestSync({ conference: conference.slug, trigger: 'api' });
    await rig.until(id, 'succeeded');
    await expect.poll(() => told.length, { timeout: 10_000 }).toBe(3);
    expect(told).toEqual([
      { phase: 'fetching' },
      { phase: 'writing', current: 3, total: 3 },
      { phase: 'done', count: 3 },
    ]);
    await worker.close();
    await events.close();
    await own.close();
  });

  test('says that pretalx is being read while it has not answered yet', async () => {
    upstream.on('/rooms/').stall();
    await addConference(rig.database.orm, { slug: 'democon', event: upstream.slug });
    const worker = await rig.queue.startWorker();
    const id = await rig.queue.requestSync({ conference: 'democon', trigger: 'api' });
    const progress = async () =>
      (await rig.runsOf((await rig.until(id, 'running')).conferenceId))[0]?.progress;
    await expect.poll(progress, { timeout: 20_000 }).toEqual({ rooms: { phase: 'fetching' } });
    await worker.close();
  });
});
