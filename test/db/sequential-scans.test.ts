/**
 * What grows is not read whole, but where that is the work. PostgreSQL counts how often a table was read from its
 * beginning to its end: the product's own functions are called in a database of many conferences, months old.
 */
import type { Queue as BullQueue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listConferences } from '../../src/conferences/conferences.ts';
import { removeConference } from '../../src/conferences/remove.ts';
import { readConfig } from '../../src/config.ts';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { setOverrides } from '../../src/decisions/overrides.ts';
import { exportProgramme } from '../../src/export/programme.ts';
import { beginningOfNewest, historyStateOf } from '../../src/history/changes/bounds.ts';
import { changesOf } from '../../src/history/changes/index.ts';
import { purgeHistory } from '../../src/history/purge.ts';
import { latestRuns } from '../../src/http/api/latest-runs.ts';
import { StoredMetrics } from '../../src/http/metrics/stored.ts';
import { acceptDelivery } from '../../src/http/webhooks/deliveries.ts';
import { dueMessages } from '../../src/notify/pending.ts';
import { conferencesBehind } from '../../src/notify/range.ts';
import { tellChanges } from '../../src/notify/tell.ts';
import { prune } from '../../src/queue/prune.ts';
import { openQueue, type Queue } from '../../src/queue/queue.ts';
import { requestScheduled } from '../../src/queue/schedules.ts';
import { restoreConference } from '../../src/restore/index.ts';
import { dueRuns, listRuns, requestRun, staleRuns } from '../../src/runs/runs.ts';
import { silent } from '../queue/rig.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';
import { addManyLikeIt, apart } from './many-conferences.ts';

const manyRows = 10_000;

let mirror: Mirror;
let watcher: Database;
beforeAll(async () => {
  mirror = await mirrorOf({ step: '1-v1.0' });
  await mirror.sync();
  await mirror.upstream.show('3-v1.1');
  await mirror.sync();
  watcher = openDatabase(mirror.test.url, { maxConnections: 1 });
  await addManyLikeIt(watcher);
  await mirror.upstream.show('4-v1.2');
}, 60_000);
afterAll(async () => {
  await watcher.close();
  await mirror.close();
});

/**
 * Tables of many rows that were read whole by what was done. A session tells all of it when it ends; before PostgreSQL
 * 15 a collector notes that a little later.
 */
async function readWhole(work: () => Promise<unknown>): Promise<string[]> {
  const endSessions = async () => {
    await watcher.sql`
      select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;
    await watcher.sql`
      select pg_sleep(1) where current_setting('server_version_num')::int < 150000`;
  };
  await endSessions();
  await watcher.sql`select pg_stat_reset()`;
  await work();
  await endSessions();
  const rows = await watcher.sql`
    select s.relname from pg_stat_user_tables s join pg_class c on c.oid = relid
     where schemaname = 'greenroom' and reltuples >= ${manyRows} and seq_scan > 0 order by 1`;
  return rows.map(({ relname }) => relname);
}

async function withQueue(work: (queue: Queue) => Promise<unknown>): Promise<void> {
  const config = readConfig({ DATABASE_URL: mirror.test.url });
  const queue = await openQueue({ config, database: mirror.test.database, log: silent });
  await work(queue);
  await queue.close();
}

const demo = { id: 1 };
const yesterday = () => new Date(Date.now() - 86_400_000);
const works: Record<string, (database: Database) => Promise<unknown>> = {
  'the runs of a conference': ({ orm }) => listRuns(orm, { conferenceId: 1, limit: 50 }),
  'the runs of all conferences': ({ orm }) => listRuns(orm, { limit: 50 }),
  'the newest run of each': async ({ orm }) =>
    latestRuns(
      orm,
      (await listConferences(orm)).map(({ id }) => id),
    ),
  'a request for a run': ({ orm }) => requestRun(orm, { conferenceId: 1 + apart, trigger: 'api' }),
  'a webhook': (database) => acceptDelivery(database, { conferenceId: 1, trigger: 'webhook' }, 'new'),
  'scheduled runs': (database) => requestScheduled(database),
  'runs that are due': ({ orm }) => dueRuns(orm, { recheckMs: 0, limit: 200 }),
  'runs without a worker': ({ orm }) => staleRuns(orm, { staleMs: 0, limit: 200 }),
  'messages that are due': ({ orm }) => dueMessages(orm),
  'conferences with news': ({ orm }) => conferencesBehind(orm),
  'telling news': (database) => tellChanges(database, 1),
  'all changes': ({ orm }) => changesOf(orm, demo),
  'changes since yesterday': ({ orm }) => changesOf(orm, demo, { since: yesterday() }),
  'whether there are new changes': ({ orm }) => historyStateOf(orm, 1),
  'where the newest changes begin': ({ orm }) => beginningOfNewest(orm, 1, {}, 2_000),
  'an export': ({ orm }) => exportProgramme(orm, demo, { format: 'schedule.json' }),
  'an export of yesterday': ({ orm }) => exportProgramme(orm, demo, { format: 'csv', asOf: yesterday() }),
  'a correction': async (database) =>
    setOverrides(database, await mirror.conference(), {
      entity: 'talk',
      key: 'WBXVAJ',
      fields: ['title=Other'],
      setBy: 'me',
    }),
  'a plan': () => mirror.plan(),
  'a sync': () => mirror.sync({ allowRemovals: true }),
  'a sync that changes nothing': () => mirror.sync(),
  metrics: (database) => withQueue((queue) => new StoredMetrics({ database, queue }).refresh()),
  'forgetting old runs': (database) => withQueue(({ board: [queue] }) => prune(database, queue as BullQueue)),
  'a restore': async (database) =>
    restoreConference(database, mirror.config, await mirror.conference(), yesterday(), {
      actor: 'me',
      allowRemovals: true,
    }),
  'a purge of one conference': (database) =>
    purgeHistory(database, { before: yesterday(), conferenceId: 1 + apart }),
  'removing a conference': (database) => removeConference(database, 'demo2'),
};

/** What may be read whole, and why. */
const allowed: Record<string, string[]> = {
  // Seldom, and by a person: an index would cost every run.
  'the runs of all conferences': ['sync_runs'],
  // Counts them.
  metrics: ['sync_runs'],
  // Once an hour.
  'forgetting old runs': ['sync_runs', 'sync_steps'],
  // Links know no conference: those of all are looked at, and so are all transactions.
  'an export of yesterday': ['transactions'],
  // Seldom, and by a person. What was then is laid out in tables of which PostgreSQL knows nothing.
  'a restore': [
    'schedule_slots',
    'speakers',
    'talk_speakers',
    'talk_speakers_versions',
    'talks',
    'transactions',
  ],
  'a purge of one conference': ['talk_speakers_versions', 'transactions'],
  // Foreign keys to rooms and talks are looked up; an index on each would cost every sync.
  'removing a conference': ['schedule_slots', 'talk_speakers_versions', 'talks'],
};

describe('nothing of what grows is read whole by', () => {
  test.each(Object.entries(works))('%s', async (name, work) => {
    const tables = await readWhole(() => work(mirror.test.database));
    expect(tables.filter((table) => !allowed[name]?.includes(table))).toEqual([]);
  });
});
