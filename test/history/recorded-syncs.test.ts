/** What syncs write into the history: by sets, once, all of it, or nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { removeConference } from '../../src/conferences/remove.ts';
import { rooms } from '../../src/db/schema/index.ts';
import { reconcileVersions } from '../../src/history/reconcile/index.ts';
import { withTransaction } from '../../src/history/record.ts';
import { versionedTables } from '../../src/history/tables.ts';
import { setTriggers } from '../../src/history/triggers.ts';
import { gate, openRig } from '../queue/rig.ts';
import { makeConference } from '../runs/conference.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { startReplayServer } from '../support/replay-server.ts';

let mirror: Mirror;
const sql = (text: string) => mirror.test.database.sql.unsafe(text);
const transactions = () => sql('select * from greenroom.transactions order by id');
const differences = async () => {
  const report = await reconcileVersions(mirror.test.database, { actor: null, delete: true, dryRun: true });
  expect(report.tables).toHaveLength(12);
  return report.tables.flatMap(({ table, diffs, several_latest }) => [
    ...diffs.map((diff) => ({ table, diff })),
    ...several_latest.map((several) => ({ table, several })),
  ]);
};
const releases = ['2-wip', '3-v1.1', '4-v1.2', '5-v2.0', '1-v1.0'];
async function syncAll(): Promise<void> {
  for (const release of releases) {
    await mirror.upstream.show(release);
    await mirror.sync({ allowRemovals: true });
  }
}

beforeAll(async () => {
  mirror = await mirrorOf({ step: '1-v1.0' });
});
afterAll(() => mirror.close());
beforeEach(() => mirror.upstream.show('1-v1.0'));

describe('a sync', () => {
  test('writes versions by set statements, however many rows change', async () => {
    await sql(`
      create table public.statements (name text, operation text, transaction text);
      create function public.count_statement() returns trigger language plpgsql as
        $$ begin insert into public.statements values (tg_table_name, tg_op, pg_current_xact_id()::text); return null; end $$`);
    for (const { versions } of await versionedTables(mirror.db))
      await sql(`create trigger counted after insert or update or delete on greenroom.${versions}
        for each statement execute function public.count_statement()`);
    await mirror.sync();
    await syncAll();
    const counted = await sql(`select name, operation, count(*)::int as statements from public.statements
      group by name, operation, transaction order by 3 desc`);
    expect(counted.length).toBeGreaterThan(20);
    // What was deleted, what is new, what was changed.
    expect(counted[0]?.statements).toBeLessThanOrEqual(3);
    const [talks] = await sql(
      'select max(n)::int as n from (select count(*) as n from greenroom.talks_versions group by transaction_id) x',
    );
    expect(talks?.n).toBeGreaterThan(50);
    await sql('drop function public.count_statement cascade; drop table public.statements');
  });

  test('leaves the versions true to every table, links and activities included', async () => {
    await syncAll();
    expect(await differences()).toEqual([]);
  });

  test('that changes nothing writes no transaction', async () => {
    await mirror.sync();
    const before = await transactions();
    await mirror.sync();
    expect(await transactions()).toEqual(before);
  });

  test('that fails in the middle of writing leaves nothing of that step, in the history either', async () => {
    await mirror.sync();
    const before = await transactions();
    await sql(`
      create function public.refuse() returns trigger language plpgsql as $$ begin raise 'no room on the disk'; end $$;
      create trigger refuse after insert on greenroom.talks_versions for each statement execute function public.refuse()`);
    mirror.upstream.edit('submissions', (items) => items.map((item) => ({ ...item, title: 'Renamed' })));
    await expect(mirror.sync()).rejects.toThrow();
    expect(await transactions()).toEqual(before);
    expect(await sql(`select from greenroom.talks where title = 'Renamed'`)).toEqual([]);
    await sql('drop function public.refuse cascade');
    expect(await differences()).toEqual([]);
  });

  test('is recorded once while the triggers are on, and by its own name', async () => {
    await setTriggers(mirror.test.database, true);
    const [last] = (await transactions()).slice(-1);
    await syncAll();
    const written = (await transactions()).filter(({ id }) => id > last?.id);
    expect(written.length).toBeGreaterThan(5);
    expect(written.every(({ actor, run_id }) => actor === 'test' && run_id !== null)).toBe(true);
    expect(await differences()).toEqual([]);
  });

  test('of rows that somebody puts in by hand while it reads them goes on with their history', async () => {
    await setTriggers(mirror.test.database, true);
    const speaker = { code: 'NEWONE', name: 'New' };
    mirror.upstream.edit('speakers', (speakers) => [...speakers, { ...speakers[0], ...speaker }]);
    mirror.upstream.largestPage = 20;
    const { promise: isReading, resolve } = Promise.withResolvers<void>();
    mirror.upstream
      .on('/speakers/')
      .after(1)
      .once()
      .run(async () => {
        await isReading;
        await sleep(300);
        await sql(`insert into greenroom.speakers (conference_id, pretalx_code, name)
          select id, 'NEWONE', 'by hand' from greenroom.conferences`);
      });
    await mirror.sync({ beforeStep: (step) => (step === 'speakers' ? resolve() : undefined) });
    mirror.upstream.behave();
    mirror.upstream.largestPage = undefined;
    const versions = await sql(`select name, operation_type as op, end_transaction_id is null as open
      from greenroom.speakers_versions where pretalx_code = 'NEWONE' order by transaction_id`);
    expect(versions).toEqual([
      { name: 'by hand', op: 0, open: false },
      { name: 'New', op: 1, open: true },
    ]);
  });

  test('a conference that is removed leaves no history while the triggers are on', async () => {
    await removeConference(mirror.test.database, 'demo');
    for (const { versions } of await versionedTables(mirror.db))
      expect(await sql(`select from greenroom.${versions}`), versions).toEqual([]);
    expect(await sql('select from greenroom.transactions where conference_id is not null')).toEqual([]);
  });
});

test('a conference is removed after what is being written of it', async () => {
  const { database, drop } = await createTestDatabase();
  const conference = await makeConference(database);
  const room = (pretalxId: number) => ({
    conferenceId: conference.id,
    pretalxId,
    name: 'Room',
    nameI18n: {},
    contentHash: '',
  });
  await database.orm.insert(rooms).values(room(1));
  const begun = gate();
  const goOn = gate();
  const writing = withTransaction(database, { actor: 'test', conferenceId: conference.id }, async (tx) => {
    await tx.update(rooms).set({ name: 'Renamed' });
    begun.open();
    await goOn.opened;
    await tx.insert(rooms).values(room(2));
  });
  await begun.opened;
  const removing = removeConference(database, conference.slug);
  const waiting = async () =>
    database.sql`select from pg_locks l join pg_stat_activity a using (pid)
      where not granted and a.datname = current_database()`;
  await expect.poll(waiting, { timeout: 10_000 }).toHaveLength(1);
  goOn.open();
  expect(await Promise.allSettled([writing, removing])).toMatchObject([
    { status: 'fulfilled' },
    { status: 'fulfilled' },
  ]);
  expect(await database.orm.select().from(rooms)).toHaveLength(0);
  await drop();
});

test('a transaction names who asked, from where, why, in which run, and when', async () => {
  const upstream = await startReplayServer({ step: '1-v1.0' });
  const rig = await openRig(
    { redisUrl: () => undefined },
    { PRETALX_BASE_URL: upstream.url, PRETALX_TOKEN: upstream.token('organiser') },
  );
  const { sql: query } = rig.database;
  await query`insert into greenroom.conferences (slug, name, pretalx_event_slug) values ('demo', 'Demo', 'democon')`;
  const worker = await rig.queue.startWorker();
  const asked = { actor: 'ada', remoteAddr: '192.0.2.7', comment: 'after the keynote moved' };
  const run = await rig.queue.requestSync({ conference: 'demo', trigger: 'api', ...asked });
  await rig.until(run, 'succeeded');
  await worker.close();
  const written = await query`
    select distinct t.actor, t.remote_addr, t.comment, t.run_id, c.slug,
           t.issued_at between r.started_at and r.finished_at as during_it
      from greenroom.transactions t join greenroom.conferences c on c.id = t.conference_id
      join greenroom.sync_runs r on r.id = t.run_id`;
  expect(written).toEqual([
    {
      actor: 'ada',
      remote_addr: '192.0.2.7',
      comment: asked.comment,
      run_id: run,
      slug: 'demo',
      during_it: true,
    },
  ]);
  await rig.close();
  await upstream.close();
});
