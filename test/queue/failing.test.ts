import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  MissingSecretError,
  PermissionError,
  RemovalGuardError,
  UpstreamBusyError,
  UpstreamUnavailableError,
} from '../../src/errors.ts';
import { watchRun } from '../../src/queue/watch.ts';
import { approveRun, findRun, rejectRun } from '../../src/runs/runs.ts';
import { makeConference } from '../runs/conference.ts';
import { backends } from '../support/backends.ts';
import { gate, openRig, type Perform, type Rig, stepsThat } from './rig.ts';

describe.each(backends)('a run that can not do its work on $name', (backend) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await openRig(backend, { GREENROOM_ATTEMPTS: '3' });
  });
  afterAll(() => rig.close());

  /** Requests a run, works it off with these steps; returns how it ended. */
  async function run(perform: Perform, slug?: string) {
    const conference = slug ?? (await makeConference(rig.database)).slug;
    const worker = await rig.queue.startWorker({ steps: stepsThat(perform) });
    const id = await rig.queue.requestSync({ conference, trigger: 'api' });
    const ended = await rig.until(id, 'succeeded', 'failed', 'held');
    await worker.close();
    return ended;
  }

  test('is tried again when that may help, and counts its attempts', async () => {
    const tried: string[] = [];
    const ended = await run(async (step) => {
      tried.push(step);
      if (step === 'talks' && tried.length < 5) throw new UpstreamUnavailableError('pretalx answered 502.');
      return undefined;
    });
    expect(tried).toEqual(['rooms', 'speakers', 'talks', 'talks', 'talks', 'schedule']);
    expect(ended).toMatchObject({ state: 'succeeded', attempts: 3, error: null, retryAt: null });
  });

  test('fails when its attempts are used up, and says why', async () => {
    let tried = 0;
    const ended = await run(async () => {
      tried += 1;
      throw new UpstreamUnavailableError('pretalx answered 502.');
    });
    expect(tried).toBe(3);
    expect(ended).toMatchObject({
      state: 'failed',
      attempts: 3,
      error: { name: 'UpstreamUnavailableError', message: 'pretalx answered 502.' },
    });
  });

  test('fails at once when trying again can not help', async () => {
    let tried = 0;
    const ended = await run(async () => {
      tried += 1;
      throw new PermissionError('The token may not read speakers.');
    });
    expect(tried).toBe(1);
    expect(ended).toMatchObject({ state: 'failed', attempts: 1, error: { name: 'PermissionError' } });
  });

  test('fails at once when its upstream can not be opened', async () => {
    const conference = await makeConference(rig.database);
    const steps = {
      ...stepsThat(async () => undefined),
      openReading: () => {
        throw new MissingSecretError('myconf', 'MY_TOKEN');
      },
    };
    const worker = await rig.queue.startWorker({ steps });
    const id = await rig.queue.requestSync({ conference: conference.slug, trigger: 'api' });
    expect(await rig.until(id, 'failed')).toMatchObject({ error: { name: 'MissingSecretError' } });
    await worker.close();
  });

  test('waits as long as pretalx asks, without using up an attempt', async () => {
    let tried = 0;
    const ended = await run(async (step) => {
      if (step === 'rooms' && tried++ < 5) throw new UpstreamBusyError('pretalx asked to wait.', 50);
      return undefined;
    });
    expect(tried).toBe(6);
    expect(ended).toMatchObject({ state: 'succeeded', attempts: 1 });
  });

  test('waits no longer, for onlookers too, when its next attempt has begun', async () => {
    const seen: unknown[] = [];
    await run(async (step, context) => {
      if (step !== 'rooms') return undefined;
      seen.push((await findRun(rig.database.orm, context.run.id)).retryAt);
      if (seen.length === 1) throw new UpstreamUnavailableError('pretalx answered 502.');
      return undefined;
    });
    expect(seen).toEqual([null, null]);
  });

  test('tells onlookers why it waits', async () => {
    const conference = await makeConference(rig.database);
    const worker = await rig.queue.startWorker({
      steps: stepsThat(async () => {
        throw new UpstreamBusyError('pretalx asked to wait a minute.', 60_000);
      }),
    });
    const id = await rig.queue.requestSync({ conference: conference.slug, trigger: 'api' });
    await expect
      .poll(() => findRun(rig.database.orm, id), { timeout: 10_000 })
      .toMatchObject({
        state: 'running',
        retryAt: expect.any(Date),
        error: { message: 'pretalx asked to wait a minute.' },
      });
    await worker.close();
  });

  test('that waits for pretalx can be given up, and the next one of its conference goes on', async () => {
    const conference = await makeConference(rig.database);
    let isBusy = true;
    const worker = await rig.queue.startWorker({
      steps: stepsThat(async () => {
        if (isBusy) throw new UpstreamBusyError('pretalx asked to wait a day.', 86_400_000);
        return undefined;
      }),
    });
    const request = { conference: conference.slug, trigger: 'api' as const };
    const waiting = await rig.queue.requestSync(request);
    await expect
      .poll(() => findRun(rig.database.orm, waiting), { timeout: 10_000 })
      .toMatchObject({ state: 'running', retryAt: expect.any(Date) });
    isBusy = false;
    const next = await rig.queue.requestSync(request);
    for await (const seen of watchRun(rig.database, next)) {
      expect(seen).toMatchObject({ state: 'queued', behind: { id: waiting, retryAt: expect.any(Date) } });
      break;
    }
    await rejectRun(rig.database.orm, waiting);
    await rig.queue.dispatch(conference.id);
    await rig.until(next, 'succeeded');
    expect(await findRun(rig.database.orm, waiting)).toMatchObject({ state: 'rejected', retryAt: null });
    await worker.close();
  });

  test('can not be given up while a worker is at it', async () => {
    const conference = await makeConference(rig.database);
    const started = gate();
    const finish = gate();
    const worker = await rig.queue.startWorker({
      steps: stepsThat(async () => {
        started.open();
        await finish.opened;
        return undefined;
      }),
    });
    const id = await rig.queue.requestSync({ conference: conference.slug, trigger: 'api' });
    await started.opened;
    await expect(rejectRun(rig.database.orm, id)).rejects.toThrow(/is running; only a run that is held/);
    finish.open();
    await rig.until(id, 'succeeded');
    await worker.close();
  });

  test('an error that nobody foresaw is tried again too', async () => {
    let tried = 0;
    const ended = await run(async () => {
      tried += 1;
      if (tried === 1) throw new TypeError('x is not a function');
      return undefined;
    });
    expect(ended).toMatchObject({ state: 'succeeded', attempts: 2 });
  });

  test('its failed jobs can be retried on Bull Board without harm', async () => {
    let tried = 0;
    const ended = await run(async () => {
      tried += 1;
      throw new PermissionError('The token may not read rooms.');
    });
    const [board] = rig.queue.board;
    const job = await board?.getJob(`${ended.id}_${ended.flow}_rooms`);
    await expect.poll(() => job?.getState(), { timeout: 10_000 }).toBe('failed');
    await job?.retry();
    const worker = await rig.queue.startWorker({ steps: stepsThat(async () => undefined) });
    await expect.poll(() => job?.getState(), { timeout: 10_000 }).toBe('completed');
    expect((await board?.getJob(job?.id ?? ''))?.returnvalue).toMatchObject({ outcome: 'obsolete' });
    expect(tried).toBe(1);
    expect(await findRun(rig.database.orm, ended.id)).toMatchObject({ state: 'failed' });
    await worker.close();
  });

  describe('because the guard holds it', () => {
    const removals = new RemovalGuardError('5 of 5 talks would go.', 'talks', 5, ['A', 'B']);
    const trips: Perform = async (step) => {
      if (step === 'talks') throw removals;
      return undefined;
    };

    test('does none of the later steps, and goes on from the first when it is approved', async () => {
      const conference = await makeConference(rig.database);
      const done: string[] = [];
      const worker = await rig.queue.startWorker({
        steps: stepsThat(async (step, context) => {
          done.push(step);
          if (step === 'talks' && !context.run.approved) throw removals;
          if (step === 'talks') expect(context.run.approved).toEqual({ talks: ['A', 'B'] });
          return undefined;
        }),
      });
      const id = await rig.queue.requestSync({ conference: conference.slug, trigger: 'api' });
      await rig.until(id, 'held');
      expect(done).toEqual(['rooms', 'speakers', 'talks']);
      done.length = 0;
      await approveRun(rig.database.orm, id);
      await rig.queue.dispatch(conference.id);
      await rig.until(id, 'succeeded');
      expect(done).toEqual(['rooms', 'speakers', 'talks', 'schedule']);
      await worker.close();
    });

    test('makes room for later runs: one that trips takes its place, one that passes supersedes it', async () => {
      const conference = await makeConference(rig.database);
      const first = await run(trips, conference.slug);
      const second = await run(trips, conference.slug);
      expect(await findRun(rig.database.orm, first.id)).toMatchObject({ state: 'superseded' });
      expect(second).toMatchObject({ state: 'held', error: { removing: { talks: ['A', 'B'] } } });
      await run(async () => undefined, conference.slug);
      expect(await findRun(rig.database.orm, second.id)).toMatchObject({ state: 'superseded' });
    });

    test('ends when it is rejected', async () => {
      const held = await run(trips);
      await rejectRun(rig.database.orm, held.id);
      expect(await findRun(rig.database.orm, held.id)).toMatchObject({ state: 'rejected' });
    });
  });
});
