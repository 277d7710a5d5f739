import { sql as drizzleSql, eq, inArray } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tx } from '../../src/db/client.ts';
import { overrides, rooms, scheduleSlots, speakers, talkSpeakers, talks } from '../../src/db/schema/index.ts';
import { type Recorder, withTransaction } from '../../src/history/record.ts';
import { setTriggers } from '../../src/history/triggers.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let db: TestDatabase;
const sql = (text: string) => db.database.sql.unsafe(text);
const tables = ['rooms', 'talks', 'speakers', 'talk_speakers', 'schedule_slots', 'overrides'];

/** Every table's rows, live or as of a time, in an order of their own. */
async function state(asOf?: string): Promise<unknown[]> {
  const from = (table: string) => (asOf === undefined ? table : `${table}_as_of('${asOf}')`);
  const selects = tables.map(
    (table) => `select '${table}' as name, to_jsonb(t) as row from greenroom.${from(table)} t`,
  );
  return sql(`select * from (${selects.join(' union all ')}) all_of_them order by name, row::text`);
}
const clock = async () => (await sql('select clock_timestamp()::text as at'))[0]?.at as string;

type Step = { kind: string; n: number; text: string };
const steps: Record<string, (tx: Tx, history: Recorder, step: Step) => Promise<void>> = {
  async newTalk(tx, history, { n, text }) {
    const made = await tx
      .insert(talks)
      .values({ conferenceId: 1, contentHash: text, pretalxCode: `T${n}`, title: text, state: 'confirmed' })
      .onConflictDoNothing()
      .returning({ id: talks.id });
    history.inserted(
      talks,
      made.map((row) => [row.id]),
    );
  },
  async renameTalk(tx, history, { n, text }) {
    const changed = await tx
      .update(talks)
      .set({ title: text })
      .where(eq(talks.pretalxCode, `T${n}`))
      .returning({ id: talks.id });
    history.updated(
      talks,
      changed.map((row) => [row.id]),
    );
  },
  async removeTalk(tx, history, { n }) {
    const changed = await tx
      .update(talks)
      .set({ removedAt: drizzleSql`now()` })
      .where(eq(talks.pretalxCode, `T${n}`))
      .returning({ id: talks.id });
    history.updated(
      talks,
      changed.map((row) => [row.id]),
    );
  },
  async link(tx, history, { n }) {
    const pairs = await tx
      .select({ talkId: talks.id, speakerId: speakers.id })
      .from(talks)
      .innerJoin(speakers, eq(speakers.conferenceId, talks.conferenceId))
      .where(eq(talks.pretalxCode, `T${n}`));
    const gone = await tx
      .delete(talkSpeakers)
      .where(
        inArray(
          talkSpeakers.talkId,
          pairs.map((pair) => pair.talkId),
        ),
      )
      .returning();
    history.deleted(
      talkSpeakers,
      gone.map((link) => [link.talkId, link.speakerId]),
    );
    const kept = pairs.slice(0, n % 3).map((pair, position) => ({ ...pair, position }));
    if (kept.length === 0) return;
    await tx.insert(talkSpeakers).values(kept);
    history.inserted(
      talkSpeakers,
      kept.map((link) => [link.talkId, link.speakerId]),
    );
  },
  async slot(tx, history, { n, text }) {
    const gone = await tx
      .delete(scheduleSlots)
      .where(eq(scheduleSlots.slotKey, `T${n}`))
      .returning({ id: scheduleSlots.id });
    history.deleted(
      scheduleSlots,
      gone.map((row) => [row.id]),
    );
    if (text.length % 2 === 0) return;
    const at = new Date(Date.UTC(2026, 6, 1 + n));
    const made = await tx
      .insert(scheduleSlots)
      .values({
        conferenceId: 1,
        contentHash: '',
        slotKey: `T${n}`,
        title: text,
        startAt: at,
        endAt: at,
        slotType: 'talk',
        isVisible: true,
      })
      .returning({ id: scheduleSlots.id });
    history.inserted(
      scheduleSlots,
      made.map((row) => [row.id]),
    );
  },
  async correct(tx, history, { n, text }) {
    const key = [1, 'talk', `T${n}`, 'title'];
    const [there] = await tx
      .delete(overrides)
      .where(eq(overrides.key, `T${n}`))
      .returning();
    if (there) history.deleted(overrides, [key]);
    if (there && text.length % 2 === 0) return;
    await tx
      .insert(overrides)
      .values({ conferenceId: 1, entity: 'talk', key: `T${n}`, field: 'title', value: text, setBy: 'me' });
    history.inserted(overrides, [key]);
  },
  async room(tx, history, { text }) {
    const changed = await tx.update(rooms).set({ name: text }).returning({ id: rooms.id });
    history.updated(
      rooms,
      changed.map((row) => [row.id]),
    );
  },
};
const byHand: Record<string, (step: Step) => string> = {
  insert: ({ n, text }) =>
    `insert into greenroom.rooms (conference_id, content_hash, pretalx_id, name, name_i18n) values (1, '', ${n}, '${text}', '{}') on conflict do nothing`,
  insertAgain: ({ n, text }) =>
    `insert into greenroom.overrides (conference_id, entity, key, field, value, set_by) values (1, 'talk', 'T${n}', 'title', '"${text}"', 'me') on conflict do nothing`,
  update: ({ n, text }) =>
    `update greenroom.talks set title = '${text}', abstract = null where pretalx_code = 'T${n}'; update greenroom.rooms set capacity = ${n}`,
  delete: ({ n }) =>
    `delete from greenroom.rooms where pretalx_id = ${n}; delete from greenroom.overrides where key = 'T${n}'; delete from greenroom.talk_speakers where position = ${n % 3}`,
};
const step = (kinds: object) =>
  fc.record({
    kind: fc.constantFrom(...Object.keys(kinds)),
    n: fc.integer({ min: 1, max: 4 }),
    text: fc.stringMatching(/^[a-z]{1,8}$/),
  });

/** With a text of odd length the correction is set, anew if it was there; with one of even length it is cleared, if it was. */
const correctT4 = (text: string): Step => ({ kind: 'correct', n: 4, text });

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

async function startOver(): Promise<void> {
  await sql(`
    set session greenroom.recording = 'on';
    truncate greenroom.conferences, greenroom.transactions, ${tables.map((t) => `greenroom.${t}_versions`).join(', ')} restart identity cascade;
    insert into greenroom.conferences (slug, name) values ('demo', 'Demo');
    reset greenroom.recording`);
  await withTransaction(db.database, { actor: 'setup', conferenceId: 1 }, async (tx, history) => {
    const people = await tx
      .insert(speakers)
      .values(['A', 'B'].map((code) => ({ conferenceId: 1, contentHash: '', pretalxCode: code, name: code })))
      .returning({ id: speakers.id });
    const [room] = await tx
      .insert(rooms)
      .values({ conferenceId: 1, contentHash: '', pretalxId: 99, name: 'Hall', nameI18n: {} })
      .returning({ id: rooms.id });
    history.inserted(
      speakers,
      people.map((row) => [row.id]),
    );
    history.inserted(rooms, [[room?.id]]);
  });
}

/** Runs the work of each round, remembers the state after it, and holds all as-of states against those at the end. */
async function holds(rounds: readonly (() => Promise<unknown>)[]): Promise<void> {
  const remembered: { at: string; rows: unknown[] }[] = [];
  for (const round of rounds) {
    await round();
    remembered.push({ at: await clock(), rows: await state() });
  }
  for (const { at, rows } of remembered) expect(await state(at)).toEqual(rows);
}

test('as of any time the tables are what they were then, whatever was changed since', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step(steps), { minLength: 1, maxLength: 4 }), { maxLength: 8 }),
      async (transactions) => {
        await startOver();
        await holds(
          transactions.map(
            (ofOne) => () =>
              withTransaction(db.database, { actor: 'property', conferenceId: 1 }, async (tx, history) => {
                for (const each of ofOne) await steps[each.kind]?.(tx, history, each);
              }),
          ),
        );
      },
    ),
    { numRuns: 15, examples: [[[[correctT4('a')], [correctT4('a'), correctT4('aa')]]]] },
  );
});

test('the same of changes made by hand while the triggers are on', async () => {
  await setTriggers(db.database, true);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step(byHand), { minLength: 1, maxLength: 4 }), { maxLength: 8 }),
      async (transactions) => {
        await startOver();
        await holds(
          transactions.map((ofOne) => () => sql(ofOne.map((each) => byHand[each.kind]?.(each)).join(';\n'))),
        );
      },
    ),
    { numRuns: 15 },
  );
  await setTriggers(db.database, false);
});

test('ids and times in different orders: the times decide', async () => {
  await startOver();
  await sql(`truncate greenroom.transactions, greenroom.rooms_versions;
    insert into greenroom.transactions (id, issued_at) overriding system value
      values (1, '2026-01-01'), (2, '2026-01-05'), (3, '2026-01-03'), (4, '2026-01-07');`);
  const insert = (id: number, at: number, until: number | null, name: string) => `
    insert into greenroom.rooms_versions (id, conference_id, content_hash, created_at, changed_at, pretalx_id, name,
        name_i18n, transaction_id, end_transaction_id, operation_type)
    values (${id}, 1, '', now(), now(), 1, '${name}', '{}', ${at}, ${until}, 0);`;
  await sql(
    [insert(10, 1, 2, 'a'), insert(10, 2, 4, 'b'), insert(20, 1, 3, 'c'), insert(20, 3, null, 'd')].join(
      '\n',
    ),
  );
  const at = async (time: string) =>
    (await sql(`select string_agg(name, '' order by name) as names from greenroom.rooms_as_of('${time}')`))[0]
      ?.names;
  expect(await at('2025-12-31')).toBeNull();
  expect(await at('2026-01-02')).toBe('ac');
  expect(await at('2026-01-04')).toBe('ad');
  expect(await at('2026-01-06')).toBe('bd');
  expect(await at('2026-01-08')).toBe('d');
});
