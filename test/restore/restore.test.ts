import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pauseConference, resumeConference } from '../../src/conferences/conferences.ts';
import { conferences, syncRuns } from '../../src/db/schema/index.ts';
import { RemovalGuardError, UsageError, WrongStateError } from '../../src/errors.ts';
import { reconcileVersions } from '../../src/history/reconcile/index.ts';
import { withTransaction } from '../../src/history/record.ts';
import { planRestore, restoreConference } from '../../src/restore/index.ts';
import { claimRun, requestRun } from '../../src/runs/runs.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

const restored = ['rooms', 'submission_types', 'tracks', 'tags', 'speakers', 'talks'];
let mirror: Mirror;
let then: Date;
let before: Record<string, unknown>;
const sql = (text: string) => mirror.test.database.sql.unsafe(text);
const options = { actor: 'organiser', allowRemovals: true };

/** What the mirror holds, without when rows were changed last. */
async function state(): Promise<Record<string, unknown>> {
  const tables: Record<string, unknown> = {};
  for (const name of restored)
    tables[name] = await sql(
      `select to_jsonb(t) - 'changed_at' as row from greenroom.${name} t where removed_at is null order by id`,
    );
  for (const name of ['schedule_slots', 'activities'])
    tables[name] = await sql(`select to_jsonb(t) - 'changed_at' as row from greenroom.${name} t order by id`);
  for (const name of ['talk_speakers', 'activity_talks'])
    tables[name] = await sql(`select * from greenroom.${name} order by 1, 2`);
  return tables;
}

/** One that has paused, waits for its turn until `goOn`, and fails then: there is no history of its time. */
async function waitingRestore() {
  const { test: own, config } = mirror;
  const conference = await mirror.conference();
  const held = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const other = withTransaction(own.database, { actor: 'other', conferenceId: conference.id }, async () => {
    locked.resolve();
    await held.promise;
  });
  await locked.promise;
  const attempt = restoreConference(own.database, config, conference, new Date(0), options);
  attempt.catch(() => undefined);
  await expect.poll(async () => (await mirror.conference()).pausedAt, { timeout: 10_000 }).not.toBeNull();
  const goOn = async () => {
    held.resolve();
    await other;
  };
  return { attempt, goOn };
}

beforeAll(async () => {
  mirror = await mirrorOf({ step: '1-v1.0' });
  await mirror.sync();
  const [time] = await sql('select clock_timestamp() as now from pg_sleep(0.002)');
  then = new Date(time?.now);
  before = await state();
  for (const step of ['3-v1.1', '4-v1.2', '5-v2.0']) {
    await mirror.upstream.show(step);
    mirror.upstream.edit('tracks', (items) => items.map((item) => ({ ...item, color: '#123456' })));
    mirror.upstream.edit('tags', (items) => items.map((item) => ({ ...item, color: '#123456' })));
    mirror.upstream.edit('submission-types', (items) =>
      items.map((item) => ({ ...item, default_duration: 7 })),
    );
    await mirror.sync({ allowRemovals: true });
  }
  expect(await state()).not.toEqual(before);
});
afterAll(() => mirror.close());

describe('greenroom restore', () => {
  test('shows what it would do, and writes nothing', async () => {
    const now = await state();
    const plan = await planRestore(mirror.test.database, mirror.config, await mirror.conference(), then);
    expect(plan.tables.map((table) => table.table)).toContain('schedule_slots');
    const links = plan.tables.find(({ table }) => table === 'talk_speakers');
    expect(links?.keys).toEqual({ added: [], changed: [], removed: [] });
    expect(await state()).toEqual(now);
    expect((await mirror.conference()).pausedAt).toBeNull();
  });

  test('waits for no run: while one is running it refuses', async () => {
    await mirror.db
      .update(syncRuns)
      .set({ state: 'running' })
      .where(eq(syncRuns.id, (await someRun()).id));
    const attempt = restoreConference(
      mirror.test.database,
      mirror.config,
      await mirror.conference(),
      then,
      options,
    );
    await expect(attempt).rejects.toThrow(WrongStateError);
    expect((await mirror.conference()).pausedAt).toBeNull();
    await mirror.db.update(syncRuns).set({ state: 'succeeded' });
  });

  test('pauses first, so that no run begins while it waits for its turn', async () => {
    const { test: own } = mirror;
    const { id: conferenceId } = await mirror.conference();
    const { attempt, goOn } = await waitingRestore();
    const { id } = await requestRun(own.database.orm, { conferenceId, trigger: 'api' });
    expect(await claimRun(own.database.orm, id, 0)).toBeUndefined();
    await goOn();
    await expect(attempt).rejects.toThrow(UsageError);
    expect((await mirror.conference()).pausedAt).toBeNull();
    await mirror.db.delete(syncRuns).where(eq(syncRuns.id, id));
  });

  test('that fails leaves the pause that somebody made meanwhile', async () => {
    const { attempt, goOn } = await waitingRestore();
    const { pausedAt } = await pauseConference(mirror.db, (await mirror.conference()).slug);
    await goOn();
    await expect(attempt).rejects.toThrow(UsageError);
    expect((await mirror.conference()).pausedAt).toEqual(pausedAt);
    await resumeConference(mirror.db, (await mirror.conference()).slug);
  });

  test('that fails says why, also when the database can not take the pause back, and that it stays', async () => {
    await sql(`create function public.refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end';
      create trigger refuse before update on greenroom.conferences for each row when (new.paused_at is null)
      execute function public.refuse()`);
    const { attempt, goOn } = await waitingRestore();
    await goOn();
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(/has no history .* stays paused.*greenroom conference resume/);
    await sql('drop trigger refuse on greenroom.conferences; drop function public.refuse');
    await resumeConference(mirror.db, (await mirror.conference()).slug);
  });

  test('a time without history, or one to come, is refused', async () => {
    for (const time of ['1999-01-01', '2999-01-01']) {
      const attempt = planRestore(
        mirror.test.database,
        mirror.config,
        await mirror.conference(),
        new Date(time),
      );
      await expect(attempt).rejects.toThrow(UsageError);
    }
  });

  test('a time that was purged is refused: what was there then is not known any more', async () => {
    const purgeOf = async (before: Date | null) =>
      mirror.db.update(conferences).set({ historyPurgedBefore: before });
    await purgeOf(new Date(then.getTime() + 1));
    const attempt = planRestore(mirror.test.database, mirror.config, await mirror.conference(), then);
    await expect(attempt).rejects.toThrow(/is not known any more: its history was purged up to/);
    await purgeOf(null);
  });

  test('makes the mirror what it was, as one new transaction, and pauses the conference', async () => {
    const placed = await sql(`
      update greenroom.talks t set room_id = (select min(id) from greenroom.rooms where removed_at is null),
             slot_start = now(), slot_end = now(), placed_by = 'default'
       where removed_at is null and not exists (
         select from greenroom.talks_as_of('${then.toISOString()}') was where was.id = t.id) returning id`);
    expect(placed).not.toEqual([]);
    const [count] = await sql('select count(*)::int as n from greenroom.transactions');
    const plan = await restoreConference(
      mirror.test.database,
      mirror.config,
      await mirror.conference(),
      then,
      options,
    );
    expect(plan.tables.length).toBeGreaterThan(0);
    expect(plan.released_version).toEqual({ from: '2.0', to: '1.0' });
    expect((await mirror.conference()).releasedVersion).toBe('1.0');
    expect(await state()).toEqual(before);
    expect((await mirror.conference()).pausedAt).not.toBeNull();
    const transactions = await sql('select actor, comment from greenroom.transactions order by id');
    expect(transactions).toHaveLength((count?.n as number) + 1);
    expect(transactions.at(-1)).toMatchObject({
      actor: 'organiser',
      comment: `restored as of ${then.toISOString()}`,
    });
    expect(
      await sql(
        'select from greenroom.schedule_slots_versions where end_transaction_id is null group by id having count(*) > 1',
      ),
    ).toEqual([]);
    const changedSince = await sql(
      `select from greenroom.schedule_slots where changed_at > '${then.toISOString()}'`,
    );
    expect(changedSince).not.toEqual([]);
    const removed = await sql(`
      select coalesce(room_id::text, slot_start::text, slot_end::text, placed_by) as place
        from greenroom.talks where removed_at is not null`);
    expect(new Set(removed.map(({ place }) => place))).toEqual(new Set([null]));
    const report = await reconcileVersions(mirror.test.database, { actor: null, delete: true, dryRun: true });
    expect(
      report.tables.map((t) => [t.table, t.created, t.updated, t.deleted, t.several_latest.length]),
    ).toEqual(report.tables.map((t) => [t.table, 0, 0, 0, 0]));
  });

  test('restoring once more changes nothing, and pauses nothing', async () => {
    await mirror.db.update(conferences).set({ pausedAt: null });
    const transactions = () => sql('select count(*) from greenroom.transactions');
    const count = await transactions();
    await restoreConference(mirror.test.database, mirror.config, await mirror.conference(), then, options);
    expect(await transactions()).toEqual(count);
    expect((await mirror.conference()).pausedAt).toBeNull();
    const plan = await planRestore(mirror.test.database, mirror.config, await mirror.conference(), then);
    expect(plan.tables).toEqual([]);
  });

  test('the next sync brings upstream back', async () => {
    await mirror.db.update(conferences).set({ pausedAt: null });
    const plan = await mirror.plan();
    expect(
      plan.result.changes.schedule_slots.changed + plan.result.changes.schedule_slots.added,
    ).toBeGreaterThan(0);
    await mirror.sync({ allowRemovals: true });
    expect(await state()).not.toEqual(before);
    expect((await mirror.conference()).releasedVersion).toBe('2.0');
  });

  test('the removal guard holds what would remove too much', async () => {
    await sql(`insert into greenroom.rooms (conference_id, content_hash, pretalx_id, name, name_i18n)
      select 1, '', 900000 + n, 'Extra ' || n, '{}' from generate_series(1, 40) n;
      insert into greenroom.speakers (conference_id, pretalx_code, name)
      select 1, 'EXTRA' || n, 'Extra' from generate_series(1, 100) n;
      insert into greenroom.talks (conference_id, pretalx_code, title, state)
      select 1, 'EXTRA' || n, 'Extra', 'confirmed' from generate_series(1, 100) n;
      insert into greenroom.schedule_slots (conference_id, slot_key, title, start_at, end_at, slot_type, is_visible)
      select 1, 'EXTRA' || n, 'Extra', now(), now(), 'other', n <= 100 from generate_series(1, 150) n`);
    const attempt = restoreConference(mirror.test.database, mirror.config, await mirror.conference(), then, {
      actor: 'x',
    });
    await expect(attempt).rejects.toThrow(RemovalGuardError);
    await expect(attempt).rejects.toThrow(/rooms would be removed.*--allow-large-deletions/);
    const plan = await planRestore(mirror.test.database, mirror.config, await mirror.conference(), then);
    const [there] = await sql(`
      select (select count(*) from greenroom.rooms where removed_at is null) as rooms,
             (select count(*) from greenroom.speakers where removed_at is null) as speakers,
             (select count(*) from greenroom.talks where removed_at is null) as talks,
             (select count(*) from greenroom.schedule_slots where is_visible) as slots`);
    expect(plan.held).toEqual([
      expect.stringMatching(`^40 of ${there?.rooms} rooms`),
      expect.stringMatching(`^1\\d\\d of ${there?.speakers} speakers`),
      expect.stringMatching(`^1\\d\\d of ${there?.talks} talks`),
      expect.stringMatching(`^1[0-4]\\d of ${there?.slots} .*slots`),
    ]);
  });
});

async function someRun() {
  const [run] = await mirror.db.select().from(syncRuns).limit(1);
  if (!run) throw new Error('no run');
  return run;
}
