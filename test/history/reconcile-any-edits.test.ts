/** Whatever was done by hand between two runs, the next one finds what a comparison of everything would. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { LimitExceededError } from '../../src/errors.ts';
import { type ReconcileOptions, reconcileVersions } from '../../src/history/reconcile/index.ts';
import { registerTable } from '../../src/history/tables.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let db: TestDatabase;
let database: Database;
const sql = (text: string) => database.sql.unsafe(text);
beforeAll(async () => {
  db = await createTestDatabase();
  await db.database.sql.unsafe(
    `alter database ${new URL(db.url).pathname.slice(1)} set search_path = public`,
  );
  database = openDatabase(db.url, { maxConnections: 2 });
});
afterAll(async () => {
  await database.close();
  await db.drop();
});

interface Step {
  what: string;
  n: number;
  value: string;
}
const here = ({ n }: Step) => `(part, id) = (${1 + (n % 2)}, ${1 + (n >> 1)})`;
const row = ({ n, value }: Step) => `(${1 + (n % 2)}, ${1 + (n >> 1)}, '${value}', 1, '{}')`;

/** What somebody with psql does to the live table `t` or to its versions `t_versions`. */
const edits: Record<string, (step: Step) => string> = {
  update: (s) => `update t set name = '${s.value}' where ${here(s)}`,
  updateNumber: (s) => `update t set n = ${s.value.length}.${'0'.repeat(s.n)} where ${here(s)}`,
  updateJson: (s) => `update t set j = '{"a": ${' '.repeat(s.n)}1}' where ${here(s)}`,
  touch: () => 'update t set name = name',
  touchVersions: () => 'update t_versions set name = name',
  insert: (s) => `insert into t (part, id, name, n, j) values ${row(s)} on conflict do nothing`,
  remove: (s) => `delete from t where ${here(s)}`,
  makeAgain: (s) => `delete from t where ${here(s)}; insert into t (part, id, name, n, j) values ${row(s)}`,
  move: (s) =>
    `update t set id = id + 10 where ${here(s)} and not exists (select from t o where o.id = t.id + 10)`,
  swap: () => 'update t set name = o.name from t o where o.id = t.id and o.part <> t.part',
  refill: () =>
    'create temporary table kept as table t; truncate t; insert into t table kept; drop table kept',
  backAndForth: (s) =>
    `update t set name = name || '${s.value}'; update t set name = left(name, -${s.value.length})`,
  inPart: (s) =>
    `do $$ begin begin update t set name = '${s.value}' where ${here(s)}; exception when others then raise; end; end $$`,
  rolledBack: (s) =>
    `do $$ begin update t set name = '${s.value}'; raise 'no'; exception when others then null; end $$`,
  updateVersion: (s) => `update t_versions set name = '${s.value}' where ${here(s)}`,
  removeVersion: (s) => `delete from t_versions where ${here(s)} and end_transaction_id is null`,
  removeOld: (s) => `delete from t_versions where ${here(s)} and end_transaction_id is not null`,
  closeVersion: (s) => `update t_versions set end_transaction_id = transaction_id where ${here(s)}`,
  openVersion: (s) => `update t_versions set end_transaction_id = null where ${here(s)}`,
  markDeleted: (s) =>
    `update t_versions set operation_type = 2 where ${here(s)} and end_transaction_id is null`,
  addVersion: (s) => `insert into t_versions (part, id, name, n, j, transaction_id, operation_type)
    select part, id, '${s.value}', n, j, ${-s.n}, 1 from t where ${here(s)} on conflict do nothing`,
  addDeletion: (s) => `insert into t_versions (part, id, name, n, j, transaction_id, operation_type)
    select part, id, name, n, j, ${-s.n}, 2 from t where ${here(s)} on conflict do nothing`,
  emptyVersions: () => 'truncate t_versions',
  addColumn: (s) => `alter table t add c${s.n} text default '${s.value}'`,
  dropColumn: (s) => `alter table t drop if exists c${s.n}; alter table t_versions drop if exists c${s.n}`,
  rewrite: () => 'alter table t alter name type varchar using name',
  rewriteBack: () => 'alter table t alter name type text using name',
  full: () => 'vacuum full t',
  fullVersions: () => 'vacuum full t_versions',
  freeze: () => 'vacuum freeze t, t_versions',
  cluster: () => 'cluster t using t_pkey',
  forget: () => 'truncate greenroom.found_equal',
  steal: () => 'update greenroom.found_equal set before = before',
};
const runs: Record<string, Partial<ReconcileOptions>> = {
  whole: { delete: true },
  withoutDelete: {},
  someFields: { delete: true, fields: ['name'] },
  withoutName: { delete: true, exclude: ['name'] },
  withoutUpdate: { update: false, delete: true },
  withoutCreate: { create: false },
  dry: { delete: true, dryRun: true },
  first: { delete: true, partial: true, maxTotal: 1 },
  refused: { delete: true, maxTotal: 0 },
  repairing: { repair: true },
};

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...Object.keys(edits)) },
    { weight: 1, arbitrary: fc.constantFrom(...Object.keys(runs)) },
  ),
  n: fc.nat(7),
  value: fc.constantFrom('a', 'b', 'cc'),
});

const reconcile = async (options: Partial<ReconcileOptions>) =>
  (await reconcileVersions(database, { actor: null, tables: ['public.t'], ...options })).tables[0];

async function play({ what, ...rest }: Step): Promise<void> {
  const edit = edits[what];
  try {
    if (edit) await sql(edit({ what, ...rest }));
    else await reconcile(runs[what] as Partial<ReconcileOptions>);
  } catch (error) {
    if (error instanceof LimitExceededError || /already exists|duplicate key|to drop/.test(String(error)))
      return;
    throw error;
  } finally {
    if (edit) await registerTable(database.orm, 'public.t');
  }
}

/** What a comparison of everything finds, told by the texts of whole rows. */
async function expected() {
  const [columns] = await sql(`select string_agg(format('%I', attname), ', ' order by attnum) as names
    from pg_attribute where attrelid = 'public.t'::regclass and attnum > 0 and not attisdropped`);
  const [counts] = await sql(`
    with live as (select part, id, row(${columns?.names})::text as content from t),
         newest as (select distinct on (part, id) part, id, operation_type, row(${columns?.names})::text as content
                      from t_versions where end_transaction_id is null order by part, id, transaction_id desc),
         versions as (select * from newest where operation_type <> 2)
    select count(*) filter (where v.id is null)::int as created, count(*) filter (where l.id is null)::int as deleted,
           count(*) filter (where l.content <> v.content)::int as updated,
           count(*) filter (where l.content = v.content)::int as unchanged
      from live l full join versions v using (part, id)`);
  return counts as unknown as Record<'created' | 'updated' | 'deleted' | 'unchanged', number>;
}

test('after any edits and runs, the next run finds every difference, and no other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
      await sql(`drop table if exists t, t_versions cascade; drop function if exists t_as_of; truncate greenroom.found_equal;
        create table t (part integer, id integer, name text, n numeric, j json, primary key (part, id));
        insert into t select 1 + i % 2, 1 + i / 2, 'a', 1, '{}' from generate_series(0, 7) i`);
      await registerTable(database.orm, 'public.t');
      await reconcile({});
      for (const one of steps) await play(one);
      const found = await expected();
      expect(await reconcile({ delete: true })).toMatchObject(found);
      await reconcile({ delete: true, repair: true });
      const unchanged = found.unchanged + found.created + found.updated;
      expect(await expected()).toEqual({ created: 0, updated: 0, deleted: 0, unchanged });
    }),
    { numRuns: 60 },
  );
});
