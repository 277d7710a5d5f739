import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pauseConference, updateConference } from '../../src/conferences/conferences.ts';
import { syncRuns } from '../../src/db/schema/index.ts';
import { tellChanges } from '../../src/notify/tell.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { type Stage, secretEnv, setStage } from './stage.ts';

let db: TestDatabase;
let stage: Stage;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  stage = await setStage(db.database);
});

const tell = () => tellChanges(db.database, stage.conference.id);
const told = async () =>
  (await stage.kept()).map((message) => {
    const { run, changes } = JSON.parse(String(message.body));
    return { run, titles: changes.map((change: { to: unknown }) => change.to) };
  });
const startRun = async () => {
  const id = randomUUID();
  await db.database.orm
    .insert(syncRuns)
    .values({ id, conferenceId: stage.conference.id, state: 'running', trigger: 'cli', entities: ['talks'] });
  return id;
};
/** How many are making messages. */
const waiters = async () => {
  const [row] = await db.database.sql<{ n: number }[]>`
    select count(*)::int as n from pg_locks
     where locktype = 'advisory' and granted and objsubid = 2 and objid = ${stage.conference.id}
       and database = (select oid from pg_database where datname = current_database())`;
  return row?.n;
};
const endRun = (state: string) =>
  db.database
    .sql`update greenroom.sync_runs set state = ${state} where conference_id = ${stage.conference.id}`;

describe('what messages tell', () => {
  test('nothing of the time before they were switched on, and everything after it once', async () => {
    expect(await tell()).toBe(0);
    await stage.retitle('One');
    expect(await tell()).toBe(1);
    expect(await tell()).toBe(0);
    expect(await told()).toEqual([{ run: null, titles: ['One'] }]);
  });

  test.each([
    ['', false],
    [', also while its conference is paused', true],
  ])('a run is told when it has ended, as one message%s', async (_, isPaused) => {
    const runId = await startRun();
    await stage.retitle('Step one', { runId });
    if (isPaused) await pauseConference(db.database.orm, stage.conference.slug);
    expect(await tell()).toBe(0);
    await stage.retitle('Step two', { runId });
    expect(await tell()).toBe(0);
    await endRun('succeeded');
    expect(await tell()).toBe(1);
    expect(await told()).toEqual([{ run: runId, titles: ['Step two'] }]);
  });

  test('an approved run that waits for the end of a pause holds back nothing', async () => {
    const runId = await startRun();
    await stage.retitle('Before it was held', { runId });
    await endRun('queued');
    await stage.retitle('By hand');
    expect(await tell()).toBe(0);
    await pauseConference(db.database.orm, stage.conference.slug);
    expect(await tell()).toBe(2);
  });

  test('a run that failed, or is held, has changed what it has changed', async () => {
    const runId = await startRun();
    await stage.retitle('Before it failed', { runId });
    await endRun('held');
    expect(await tell()).toBe(1);
    await endRun('running');
    await stage.retitle('After it was approved', { runId });
    await endRun('succeeded');
    expect(await tell()).toBe(1);
    expect((await told()).map(({ titles }) => titles)).toEqual([
      ['Before it failed'],
      ['After it was approved'],
    ]);
  });

  test('a run that was held and goes on is told as one message of what came since, after what came before it', async () => {
    const runId = await startRun();
    await stage.retitle('Before it was held', { runId });
    await endRun('held');
    expect(await tell()).toBe(1);
    await stage.retitle('By hand');
    await endRun('queued');
    await stage.retitle('After it was approved', { runId });
    expect(await tell()).toBe(1);
    await endRun('running');
    expect(await tell()).toBe(0);
    await endRun('succeeded');
    expect(await tell()).toBe(1);
    expect((await told()).map(({ titles }) => titles)).toEqual([
      ['Before it was held'],
      ['By hand'],
      ['After it was approved'],
    ]);
  });

  test('what a person changes while a run goes on waits for it, and is not lost', async () => {
    const runId = await startRun();
    await stage.retitle('By the run', { runId });
    await stage.retitle('By hand');
    expect(await tell()).toBe(0);
    await endRun('succeeded');
    expect(await tell()).toBe(2);
    expect((await told()).at(-1)).toEqual({ run: null, titles: ['By hand'] });
  });

  test('nothing private: no talk without a visible slot, no name of who did it', async () => {
    await stage.retitle('Secret plans', { code: 'HIDDEN' });
    expect(await tell()).toBe(0);
    await stage.retitle('Public');
    expect(await tell()).toBe(1);
    expect(JSON.stringify(await stage.kept())).not.toMatch(/Secret plans|ada@example\.org/);
  });

  test('nothing is told while an earlier change is not committed yet', async () => {
    const written = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const late = db.database.sql.begin(async (sql) => {
      await sql`insert into greenroom.transactions (issued_at, actor) values (now(), 'by hand')`;
      written.resolve();
      await release.promise;
    });
    await written.promise;
    await stage.retitle('Told second');
    expect(await tell()).toBe(0);
    release.resolve();
    await late;
    expect(await tell()).toBe(1);
  });

  /** Begins to write history, in this database unless another is named; not committed before it is ended. */
  const writer = async ({ sql }: { sql: Sql } = db.database) => {
    const written = Promise.withResolvers<void>();
    const end = Promise.withResolvers<void>();
    const ended = sql.begin(async (tx) => {
      await tx`insert into greenroom.transactions (issued_at, actor) values (now(), 'by hand')`;
      written.resolve();
      await end.promise;
    });
    await written.promise;
    return async () => {
      end.resolve();
      await ended;
    };
  };

  test('those who begin to write meanwhile are not waited for, nor those in another database', async () => {
    const elsewhere = await createTestDatabase();
    await stage.retitle('Told');
    const endElsewhere = await writer(elsewhere.database);
    const endFirst = await writer();
    const telling = tell();
    await expect.poll(waiters).toBe(1);
    const endSecond = await writer();
    await endFirst();
    expect(await telling).toBe(1);
    await endSecond();
    await endElsewhere();
    await elsewhere.drop();
  });

  test.each([
    ['off', ['']],
    ['off and on again', ['', 'again']],
  ])('nothing when messages were switched %s while they were being made', async (_, addresses) => {
    await stage.retitle('Dropped');
    const end = await writer();
    const telling = tell();
    await expect.poll(waiters).toBe(1);
    for (const address of addresses) {
      const notifyUrl = address && `${stage.receiver.url}/${address}`;
      await updateConference(db.database.orm, stage.conference.slug, { notifyUrl });
    }
    await end();
    expect(await telling).toBe(0);
    expect(await stage.kept()).toEqual([]);
  });

  test('switched off, what waits is dropped; switched on again, the past stays untold', async () => {
    const { slug } = stage.conference;
    await stage.retitle('Waits');
    await tell();
    await updateConference(db.database.orm, slug, { notifyUrl: '' });
    expect(await stage.kept()).toEqual([]);
    await stage.retitle('Unheard');
    expect(await tell()).toBe(0);
    await updateConference(db.database.orm, slug, { notifyUrl: stage.receiver.url });
    expect(await tell()).toBe(0);
    await stage.retitle('Heard');
    expect(await tell()).toBe(1);
  });

  test('an address needs a secret, has no password in it, and is http or https', async () => {
    const set = (notifyUrl: string, notifySecretEnv?: string) =>
      updateConference(db.database.orm, stage.conference.slug, { notifyUrl, notifySecretEnv });
    await expect(set('https://example.org', '')).rejects.toThrow('--notify-secret-env NAME');
    await expect(set('https://me:pass@example.org')).rejects.toThrow(/password in it/);
    await expect(set('https://me:pass@example.org')).rejects.not.toThrow(/me:pass/);
    await expect(set('ftp://example.org')).rejects.toThrow(/--notify-url.*http or https/);
    await expect(set('https://example.org', 'whsec_abc')).rejects.toThrow(/never the secret itself/);
    await expect(set('https://example.org', secretEnv)).resolves.toMatchObject({
      notifySecretEnv: secretEnv,
    });
  });
});
