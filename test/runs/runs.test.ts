import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/db/client.ts';
import { conferences, syncRuns, syncSteps } from '../../src/db/schema/index.ts';
import {
  NotFoundError,
  RemovalGuardError,
  UpstreamUnavailableError,
  WrongStateError,
} from '../../src/errors.ts';
import {
  approveRun,
  claimRun,
  countFailure,
  dueRuns,
  endWait,
  errorNow,
  failRun,
  findRun,
  forgetFlow,
  heartbeat,
  holdRun,
  listRuns,
  nextFlows,
  type RunRow,
  rejectRun,
  requestRun,
  runError,
  runJson,
  staleRuns,
  succeedRun,
  waitUntil,
  waysOn,
} from '../../src/runs/runs.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { makeConference } from './conference.ts';

let mirror: TestDatabase;
let database: Database;
beforeAll(async () => {
  mirror = await createTestDatabase();
  database = mirror.database;
});
afterAll(() => mirror.drop());

const ask = (conferenceId: number, more = {}) =>
  requestRun(database.orm, { conferenceId, trigger: 'cli', ...more });

const next = async (conferenceId: number): Promise<RunRow> => {
  const [run] = await dueRuns(database.orm, { recheckMs: 60_000, limit: 1, conferenceId });
  if (!run) throw new Error('No run is due.');
  return run;
};

/** Asks for a run and starts it. */
async function start(conferenceId: number, more = {}): Promise<{ id: string; flow: number }> {
  await ask(conferenceId, more);
  const run = await next(conferenceId);
  const [enqueued] = await nextFlows(database.orm, [run]);
  const claimed = await claimRun(database.orm, run.id, enqueued?.flow ?? 0);
  if (!claimed) throw new Error('The run was not claimed.');
  return { id: claimed.id, flow: claimed.flow };
}

const guard = (removing: string[]) => new RemovalGuardError('Too many.', 'talks', 10, removing);

describe('asking for a run', () => {
  test('a first request makes a queued run of everything', async () => {
    const conference = await makeConference(database);
    const { id, coalesced } = await ask(conference.id, { actor: 'ada', comment: 'first' });
    expect(coalesced).toBe(false);
    const run = await findRun(database.orm, id);
    expect(run).toMatchObject({
      state: 'queued',
      trigger: 'cli',
      actor: 'ada',
      comment: 'first',
      attempts: 0,
    });
    expect(run.entities).toEqual(['rooms', 'speakers', 'talks', 'schedule', 'defaults']);
    expect(id[14]).toBe('7');
  });

  test('two hundred requests at once make one waiting run that does what all of them asked', async () => {
    const conference = await makeConference(database);
    const asked = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        ask(conference.id, {
          entities: index % 2 ? ['talks'] : ['rooms'],
          allowRemovals: index === 150,
          comment: index === 99 ? 'only comment' : undefined,
        }),
      ),
    );
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1);
    expect(asked.filter(({ coalesced }) => !coalesced)).toHaveLength(1);
    const [run, ...others] = await listRuns(database.orm, { conferenceId: conference.id, limit: 10 });
    expect(others).toEqual([]);
    expect(run).toMatchObject({
      entities: ['rooms', 'talks'],
      allowRemovalsOf: ['rooms'],
      comment: 'only comment',
    });
  });

  test('a run that does several requests names all who asked, and why, once each', async () => {
    const conference = await makeConference(database);
    for (const [actor, comment] of [
      ['schedule', undefined],
      ['ada', 'speakers met; rooms too'],
      ['ada', 'speakers met; rooms too'],
      ['bob', 'met'],
      ['bob', undefined],
    ] as const) {
      await ask(conference.id, { actor, comment });
    }
    await ask(conference.id, { actor: 'x'.repeat(600) });
    const [run] = await listRuns(database.orm, { conferenceId: conference.id, limit: 1 });
    expect(run?.comment).toBe('speakers met; rooms too; met');
    expect(run?.actor).toMatch(/^schedule; ada; bob; x+$/);
    expect(run?.actor).toHaveLength(500);
  });

  test('a request that asks for more than the jobs in the queue do makes those jobs obsolete', async () => {
    const conference = await makeConference(database);
    await ask(conference.id, { entities: ['rooms'] });
    await nextFlows(database.orm, [await next(conference.id)]);
    await ask(conference.id, { entities: ['rooms'] });
    expect(await dueRuns(database.orm, { recheckMs: 60_000, limit: 1, conferenceId: conference.id })).toEqual(
      [],
    );
    const { id } = await ask(conference.id, { entities: ['talks'] });
    expect(await claimRun(database.orm, id, 1)).toBeUndefined();
    expect(await next(conference.id)).toMatchObject({ id, flow: 2 });
  });

  test('requests during a run wait for exactly one more', async () => {
    const conference = await makeConference(database);
    const running = await start(conference.id);
    const later = await Promise.all([ask(conference.id), ask(conference.id), ask(conference.id)]);
    expect(new Set(later.map(({ id }) => id)).size).toBe(1);
    expect(later[0]?.id).not.toBe(running.id);
  });
});

describe('whose turn it is', () => {
  test('one run of a conference at a time', async () => {
    const conference = await makeConference(database);
    const first = await start(conference.id);
    const { id } = await ask(conference.id);
    expect(await dueRuns(database.orm, { recheckMs: 0, limit: 5, conferenceId: conference.id })).toEqual([]);
    expect(await claimRun(database.orm, id, 0)).toBeUndefined();
    await succeedRun(database.orm, first.id, first.flow, {});
    expect(await claimRun(database.orm, id, 0)).toMatchObject({ id, state: 'running', attempts: 1 });
  });

  test('of many that try at once, one starts', async () => {
    const conference = await makeConference(database);
    const first = await start(conference.id);
    await holdRun(database.orm, first.id, first.flow, guard(['A']));
    const approved = await approveRun(database.orm, first.id);
    const { id } = await ask(conference.id);
    const claims = await Promise.all(
      [approved.id, id, approved.id, id].map((run, index) =>
        claimRun(database.orm, run, index % 2 === 0 ? approved.flow : 0),
      ),
    );
    expect(claims.filter(Boolean)).toHaveLength(1);
  });

  test('a paused conference keeps its request until it is resumed', async () => {
    const conference = await makeConference(database, { pausedAt: new Date() });
    const { id } = await ask(conference.id);
    expect(await dueRuns(database.orm, { recheckMs: 0, limit: 5, conferenceId: conference.id })).toEqual([]);
    expect(await claimRun(database.orm, id, 0)).toBeUndefined();
    await database.orm.update(conferences).set({ pausedAt: null }).where(eq(conferences.id, conference.id));
    expect(await next(conference.id)).toMatchObject({ id });
  });

  test('an approved run goes before one that waited longer', async () => {
    const conference = await makeConference(database);
    const held = await start(conference.id);
    await ask(conference.id);
    await holdRun(database.orm, held.id, held.flow, guard(['A']));
    await approveRun(database.orm, held.id);
    expect(await next(conference.id)).toMatchObject({ id: held.id });
  });

  test('a flow that could not start is forgotten, and made anew', async () => {
    const conference = await makeConference(database);
    const { id } = await ask(conference.id);
    await nextFlows(database.orm, [await next(conference.id)]);
    await forgetFlow(database.orm, id, 1);
    expect(await next(conference.id)).toMatchObject({ id, flow: 2 });
  });

  test('of several conferences it is the one that asked first', async () => {
    const [later, earlier] = [await makeConference(database), await makeConference(database)];
    const asked = [await ask(earlier.id), await ask(later.id)];
    const due = await dueRuns(database.orm, { recheckMs: 60_000, limit: 1_000 });
    const ids = asked.map(({ id }) => id);
    expect(due.map(({ id }) => id).filter((id) => ids.includes(id))).toEqual(ids);
  });

  test('a run that has gone on meanwhile is not given another flow', async () => {
    const conference = await makeConference(database);
    await ask(conference.id);
    const run = await next(conference.id);
    await claimRun(database.orm, run.id, run.flow);
    expect(await nextFlows(database.orm, [run])).toEqual([]);
  });

  test('two processes can not give a run the same flow number', async () => {
    const conference = await makeConference(database);
    await ask(conference.id);
    const run = await next(conference.id);
    const flows = await Promise.all([nextFlows(database.orm, [run]), nextFlows(database.orm, [run])]);
    expect(flows.flat().map(({ flow }) => flow)).toEqual([1]);
  });
});

describe('while it runs', () => {
  test('a heartbeat adds to the progress, and says when the run has moved to another flow', async () => {
    const conference = await makeConference(database);
    const { id, flow } = await start(conference.id);
    expect(await heartbeat(database.orm, id, flow, { rooms: { phase: 'done', count: 3 } })).toBe(true);
    expect(await heartbeat(database.orm, id, flow, { talks: { phase: 'fetching' } })).toBe(true);
    const run = await findRun(database.orm, id);
    expect(run.progress).toEqual({ rooms: { phase: 'done', count: 3 }, talks: { phase: 'fetching' } });
    await nextFlows(database.orm, [run]);
    expect(await heartbeat(database.orm, id, flow)).toBe(false);
  });

  test('attempts are counted until they are used up', async () => {
    const conference = await makeConference(database);
    const { id, flow } = await start(conference.id);
    const error = new UpstreamUnavailableError('pretalx is away.');
    const options = { step: 'rooms', attempts: 2, delayMs: (failed: number) => failed * 1000, error };
    expect(await countFailure(database.orm, id, flow, options)).toEqual({ failed: 1, retryInMs: 1000 });
    expect(await countFailure(database.orm, id, flow, options)).toEqual({ failed: 2, retryInMs: undefined });
    const failed = await failRun(database.orm, id, flow, error);
    expect(failed).toMatchObject({
      state: 'failed',
      attempts: 2,
      error: { name: 'UpstreamUnavailableError', message: 'pretalx is away.' },
    });
    expect(failed?.finishedAt).toBeInstanceOf(Date);
  });

  test('how far a step was that failed is not told as how far its next attempt is', async () => {
    const conference = await makeConference(database);
    const { id, flow } = await start(conference.id);
    const rooms = { phase: 'done', count: 3 };
    await heartbeat(database.orm, id, flow, { rooms, talks: { phase: 'writing', current: 5, total: 9 } });
    await countFailure(database.orm, id, flow, {
      step: 'talks',
      attempts: 2,
      delayMs: () => 1000,
      error: new UpstreamUnavailableError('pretalx is away.'),
    });
    const { attempts, progress } = await findRun(database.orm, id);
    expect({ attempts, progress }).toEqual({ attempts: 2, progress: { rooms } });
  });

  test('a run is stale when its worker is silent, but not while it waits for its next attempt', async () => {
    const conference = await makeConference(database);
    const { id, flow } = await start(conference.id);
    const isStale = async () =>
      (await staleRuns(database.orm, { staleMs: 5_000, limit: 100 })).some((run) => run.id === id);
    expect(await isStale()).toBe(false);
    await database.orm
      .update(syncRuns)
      .set({ heartbeatAt: new Date(0) })
      .where(eq(syncRuns.id, id));
    expect(await isStale()).toBe(true);
    await waitUntil(database.orm, id, flow, 60_000, new Error('busy'));
    expect(await isStale()).toBe(false);
  });

  test('a heartbeat that comes late leaves it waiting, until its next attempt begins', async () => {
    const conference = await makeConference(database);
    const { id, flow } = await start(conference.id);
    await waitUntil(database.orm, id, flow, 60_000, new Error('busy'));
    expect(await heartbeat(database.orm, id, flow, { rooms: { phase: 'fetching' } })).toBe(true);
    const waiting = { retryAt: expect.any(Date), progress: { rooms: { phase: 'fetching' } } };
    expect(await findRun(database.orm, id)).toMatchObject(waiting);
    await endWait(database.orm, id, flow);
    expect(await findRun(database.orm, id)).toMatchObject({ retryAt: null });
  });

  test('what is left of an older flow does not touch it', async () => {
    const conference = await makeConference(database);
    const { id, flow } = await start(conference.id);
    const [run] = await nextFlows(database.orm, [await findRun(database.orm, id)]);
    const error = new Error('late');
    await waitUntil(database.orm, id, flow, 60_000, error);
    await forgetFlow(database.orm, id, flow);
    const options = { step: 'rooms', attempts: 3, delayMs: () => 1000, error };
    expect(await countFailure(database.orm, id, flow, options)).toBeUndefined();
    expect(await findRun(database.orm, id)).toMatchObject(run as object);
    await waitUntil(database.orm, id, flow + 1, 60_000, error);
    await endWait(database.orm, id, flow);
    expect(await findRun(database.orm, id)).toMatchObject({ retryAt: expect.any(Date) });
  });

  test('one that ends while it waited waits no longer', async () => {
    const ends = {
      succeed: (id: string, flow: number) => succeedRun(database.orm, id, flow, {}),
      fail: (id: string, flow: number) => failRun(database.orm, id, flow, new Error('lost')),
      hold: (id: string, flow: number) => holdRun(database.orm, id, flow, guard(['A'])),
    };
    for (const end of Object.values(ends)) {
      const { id, flow } = await start((await makeConference(database)).id);
      await waitUntil(database.orm, id, flow, 60_000, new Error('busy'));
      expect(await end(id, flow)).toMatchObject({ retryAt: null });
    }
  });

  test('an ended run can not be ended again, nor by an older flow', async () => {
    const conference = await makeConference(database);
    const { id, flow } = await start(conference.id);
    expect(await succeedRun(database.orm, id, flow - 1, {})).toBeUndefined();
    expect(await succeedRun(database.orm, id, flow, { rooms: 1 })).toMatchObject({ state: 'succeeded' });
    expect(await failRun(database.orm, id, flow, new Error('late'))).toBeUndefined();
    expect(await findRun(database.orm, id)).toMatchObject({ state: 'succeeded', error: null, attempts: 1 });
  });

  test('an error that nobody foresaw is kept without its query and values', async () => {
    const conference = await makeConference(database);
    const { id, flow } = await start(conference.id);
    const error = new Error('Failed query: select secret', { cause: new Error('column is missing') });
    await failRun(database.orm, id, flow, error);
    const { error: kept } = await findRun(database.orm, id);
    expect(JSON.stringify(kept)).toContain('column is missing');
    expect(JSON.stringify(kept)).not.toContain('secret');
  });
});

describe('held by the guard', () => {
  test('approval allows what was shown, and the steps are done again', async () => {
    const conference = await makeConference(database);
    const { id, flow } = await start(conference.id);
    await database.orm.insert(syncSteps).values({ runId: id, step: 'rooms', durationMs: 1, outcome: {} });
    await database.orm.update(syncRuns).set({ attempts: 3, workersLost: 2 }).where(eq(syncRuns.id, id));
    await holdRun(database.orm, id, flow, guard(['A', 'B']));
    expect(await findRun(database.orm, id)).toMatchObject({
      state: 'held',
      error: { name: 'RemovalGuardError', entity: 'talks', existing: 10, removing: { talks: ['A', 'B'] } },
    });
    expect(await approveRun(database.orm, id)).toMatchObject({
      state: 'queued',
      approved: { talks: ['A', 'B'] },
      attempts: 0,
      workersLost: 0,
      flow: flow + 1,
    });
    expect(await database.orm.select().from(syncSteps).where(eq(syncSteps.runId, id))).toEqual([]);
  });

  test('approving twice adds up', async () => {
    const conference = await makeConference(database);
    const { id, flow } = await start(conference.id);
    await holdRun(database.orm, id, flow, guard(['A']));
    const approved = await approveRun(database.orm, id);
    const again = await claimRun(database.orm, id, approved.flow);
    await holdRun(database.orm, id, again?.flow ?? 0, guard(['A', 'C']));
    expect(await approveRun(database.orm, id)).toMatchObject({ approved: { talks: ['A', 'C'] } });
  });

  test('approving what was shown allows nothing that it is held for since', async () => {
    const conference = await makeConference(database);
    const { id, flow } = await start(conference.id);
    const shown = async () => errorNow(await findRun(database.orm, id))?.shown;
    await holdRun(database.orm, id, flow, guard(['A', 'B']));
    const seen = await shown();
    const approved = await approveRun(database.orm, id, seen);
    const again = await claimRun(database.orm, id, approved.flow);
    await holdRun(database.orm, id, again?.flow ?? 0, guard(['B', 'A', 'C']));
    const late = approveRun(database.orm, id, seen);
    await expect(late).rejects.toThrow(WrongStateError);
    await expect(late).rejects.toThrow(/other removals than those that were shown.* Now: Too many\. Look/);
    expect(await findRun(database.orm, id)).toMatchObject({
      state: 'held',
      approved: { talks: ['A', 'B'] },
    });
    const shownAgain = await shown();
    await database.orm
      .update(syncRuns)
      .set({ error: runError(guard(['C', 'A', 'B'])) })
      .where(eq(syncRuns.id, id));
    expect(await approveRun(database.orm, id, shownAgain)).toMatchObject({
      approved: { talks: ['A', 'B', 'C'] },
    });
    expect(await shown()).toBeUndefined();
  });

  test('only a held run can be decided about', async () => {
    const conference = await makeConference(database);
    const { id, flow } = await start(conference.id);
    await expect(approveRun(database.orm, id)).rejects.toThrow(WrongStateError);
    await holdRun(database.orm, id, flow, guard(['A']));
    expect(await rejectRun(database.orm, id)).toMatchObject({ state: 'rejected' });
    await expect(rejectRun(database.orm, id)).rejects.toThrow(/is rejected; only a run that is held/);
    await expect(approveRun(database.orm, id)).rejects.toThrow(WrongStateError);
  });

  test('one that trips again takes its place, one that passes makes it superseded', async () => {
    const conference = await makeConference(database);
    const first = await start(conference.id);
    await holdRun(database.orm, first.id, first.flow, guard(['A']));
    const second = await start(conference.id);
    await holdRun(database.orm, second.id, second.flow, guard(['A', 'B']));
    expect(await findRun(database.orm, first.id)).toMatchObject({ state: 'superseded' });
    const third = await start(conference.id);
    await succeedRun(database.orm, third.id, third.flow, {});
    expect(await findRun(database.orm, second.id)).toMatchObject({ state: 'superseded' });
    await expect(approveRun(database.orm, second.id)).rejects.toThrow(WrongStateError);
  });

  test('one that trips again does what the one whose place it takes was asked for, too', async () => {
    const conference = await makeConference(database);
    const full = await start(conference.id);
    await holdRun(database.orm, full.id, full.flow, guard(['A']));
    const { id, flow } = await start(conference.id, { entities: ['rooms'] });
    await holdRun(database.orm, id, flow, guard(['B']));
    expect(await approveRun(database.orm, id)).toMatchObject({
      entities: ['rooms', 'speakers', 'talks', 'schedule', 'defaults'],
    });
  });

  test('only a held one says how to decide about it, and an approved one says nothing of the guard', async () => {
    const conference = await makeConference(database);
    const errorOf = async (id: string) => runJson(await findRun(database.orm, id)).error;
    const hold = async () => {
      const { id, flow } = await start(conference.id);
      const message = `8 of 10 talks would be removed. ${waysOn(id)}`;
      await holdRun(database.orm, id, flow, new RemovalGuardError(message, 'talks', 10, ['A']));
      expect(await errorOf(id)).toMatchObject({ message });
      return id;
    };
    const told = { message: '8 of 10 talks would be removed.', removing: { talks: ['A'] } };
    const superseded = await hold();
    const rejected = await hold();
    expect(await errorOf(superseded)).toMatchObject(told);
    await rejectRun(database.orm, rejected);
    expect(await errorOf(rejected)).toMatchObject(told);
    const approved = await hold();
    await database.orm
      .update(syncRuns)
      .set({ progress: { rooms: { phase: 'done', count: 7 } } })
      .where(eq(syncRuns.id, approved));
    await approveRun(database.orm, approved);
    expect(await findRun(database.orm, approved)).toMatchObject({
      state: 'queued',
      error: null,
      progress: null,
    });
  });

  test('one that passes stays out of the way of one that was asked for more', async () => {
    const conference = await makeConference(database);
    const held = await start(conference.id);
    await holdRun(database.orm, held.id, held.flow, guard(['A']));
    const { id, flow } = await start(conference.id, { entities: ['rooms'] });
    await succeedRun(database.orm, id, flow, {});
    expect(await findRun(database.orm, id)).toMatchObject({ state: 'succeeded' });
    expect(await findRun(database.orm, held.id)).toMatchObject({ state: 'held' });
  });
});

describe('reading runs', () => {
  test('a run as JSON has the columns that programs rely on, and its conference', async () => {
    const conference = await makeConference(database);
    const { id } = await ask(conference.id, { remoteAddr: '10.0.0.1' });
    const json = runJson(await findRun(database.orm, id));
    expect(Object.keys(json).sort()).toEqual(
      [
        ...[
          'actor',
          'attempts',
          'comment',
          'conference',
          'conference_id',
          'entities',
          'error',
          'finished_at',
        ],
        ...['id', 'requested_at', 'result', 'retry_at', 'started_at', 'state', 'trigger'],
      ].sort(),
    );
    expect(json).toMatchObject({ id, conference: conference.slug, state: 'queued' });
  });

  test('an unknown run and a malformed id are both not found', async () => {
    await expect(findRun(database.orm, '0198f000-0000-7000-8000-000000000000')).rejects.toThrow(
      NotFoundError,
    );
    await expect(findRun(database.orm, "x'; drop")).rejects.toThrow(NotFoundError);
  });

  test('the newest come first', async () => {
    const conference = await makeConference(database);
    const first = await start(conference.id);
    const second = await ask(conference.id);
    const runs = await listRuns(database.orm, { conferenceId: conference.id, limit: 10 });
    expect(runs.map(({ id }) => id)).toEqual([second.id, first.id]);
  });
});
