/** As of any moment between syncs and decisions, every table and every view is what it was then. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeDefault, setDefault } from '../../src/decisions/defaults.ts';
import { clearOverrides, setOverrides } from '../../src/decisions/overrides.ts';
import { versionedTables } from '../../src/history/tables.ts';
import { restoreConference } from '../../src/restore/index.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';
import { changeKinds, changeUpstream, type UpstreamChange } from '../support/upstream-changes.ts';

const views = ['effective_talks', 'effective_speakers', 'effective_rooms', 'effective_slots'];
let mirror: Mirror;
let tables: string[];
const sql = (text: string) => mirror.test.database.sql.unsafe(text);

beforeAll(async () => {
  mirror = await mirrorOf({ env: { GREENROOM_GUARD_ENABLED: 'false' } });
  tables = (await versionedTables(mirror.db)).map(({ name }) => name);
});
afterAll(() => mirror.close());

/** Every row of every table and view, live or as of a time, in an order of their own. */
async function state(asOf?: string): Promise<unknown[]> {
  const of = (name: string, more = '') => (asOf ? `${name}_as_of('${asOf}'${more})` : name);
  const sources = [...tables.map((name) => of(name)), ...views.map((name) => of(name, ', 1'))];
  const names = [...tables, ...views];
  const selects = sources.map(
    (source, at) => `select '${names[at]}' as name, to_jsonb(t) as row from greenroom.${source} t`,
  );
  return sql(`select * from (${selects.join(' union all ')}) everything order by name, row::text`);
}

const times: string[] = [];
async function clock(): Promise<string> {
  const [row] = await sql('select clock_timestamp()::text as at');
  return row?.at as string;
}

type Act = { kind: string; pick: number; amount: number };
/** The code of a talk that is there: a removed one can't be corrected. */
const talk = async (pick: number) => {
  const there = await sql(
    'select pretalx_code as code from greenroom.talks where removed_at is null order by 1',
  );
  return there[pick % there.length]?.code as string | undefined;
};
const decisions: Record<string, (act: Act) => Promise<unknown>> = {
  correct: async ({ pick, amount }) => {
    const key = await talk(pick);
    if (key === undefined) return;
    const fields = [`title=Corrected ${amount}`, `is_cancelled=${amount % 2 === 0}`];
    const request = { entity: 'talk', key, fields, setBy: 'ada' };
    await setOverrides(mirror.test.database, await mirror.conference(), request);
  },
  uncorrect: async () => {
    const [row] = await sql('select key from greenroom.overrides limit 1');
    if (!row) return;
    const request = { entity: 'talk', key: row.key, clearedBy: 'ada' };
    await clearOverrides(mirror.test.database, await mirror.conference(), request);
  },
  setDefault: async ({ amount }) =>
    setDefault(mirror.test.database, await mirror.conference(), {
      type: ['Sprint', 'Talk', 'Tutorial'][amount % 3] as string,
      room: 101 + (amount % 3),
      setBy: 'ada',
    }),
  removeDefault: async () => {
    const [row] = await sql('select submission_type as type from greenroom.submission_type_defaults limit 1');
    if (!row) return;
    const request = { type: row.type, removedBy: 'ada' };
    await removeDefault(mirror.test.database, await mirror.conference(), request);
  },
  restore: async ({ pick }) => {
    const asOf = new Date(times[pick % times.length] as string);
    const { database } = mirror.test;
    await restoreConference(database, mirror.config, await mirror.conference(), asOf, { actor: 'ada' });
    await sql('update greenroom.conferences set paused_at = null');
  },
};

test('after many random syncs, corrections, defaults and restores', async () => {
  const remembered: { at: string; rows: unknown[] }[] = [];
  const remember = async () => {
    times.push(await clock());
    remembered.push({ at: times.at(-1) as string, rows: await state() });
    await sql('select pg_sleep(0.002)');
  };
  const before = await clock();
  await mirror.sync();
  await remember();
  const upstream = fc.record<UpstreamChange>({
    kind: fc.constantFrom(...changeKinds),
    pick: fc.nat(500),
    amount: fc.nat(300),
  });
  const decision = fc.record<Act>({
    kind: fc.constantFrom(...Object.keys(decisions)),
    pick: fc.nat(500),
    amount: fc.nat(300),
  });
  const round = fc.tuple(fc.array(upstream, { maxLength: 5 }), fc.option(decision));
  await fc.assert(
    fc.asyncProperty(round, async ([changes, decided]) => {
      if (decided) {
        await decisions[decided.kind]?.(decided);
        await remember();
      }
      for (const each of changes) changeUpstream(mirror.upstream, each);
      await mirror.sync();
      await remember();
    }),
    { numRuns: 25, endOnFailure: true },
  );
  for (const { at, rows } of remembered) expect(await state(at), at).toEqual(rows);
  expect(await state(before)).toEqual([]);
  expect(new Set(remembered.map(({ rows }) => JSON.stringify(rows))).size).toBeGreaterThan(10);
}, 240_000);
