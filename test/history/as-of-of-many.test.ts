/** As-of at many versions: it reads what was valid then, and not the rest. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const talks = 500;
const transactions = 600;
let db: TestDatabase;
const sql = (text: string) => db.database.sql.unsafe(text);

/** Two conferences whose talks are all edited by each of 600 transactions, one an hour: 600,000 versions. */
beforeAll(async () => {
  db = await createTestDatabase();
  await sql(`
    insert into greenroom.conferences (slug, name) values ('one', 'One'), ('two', 'Two');
    insert into greenroom.transactions (issued_at, conference_id)
      select '2026-01-01'::timestamptz + t * interval '1 hour', 1 from generate_series(1, ${transactions}) t;
    insert into greenroom.talks_versions (id, conference_id, content_hash, created_at, changed_at, pretalx_code, title, state,
        transaction_id, end_transaction_id, operation_type)
      select c * ${talks} + n, c, '', now(), now(), 'T' || n, 'Title ' || t, 'confirmed', t,
             case when t < ${transactions} then t + 1 end, case when t = 1 then 0 else 1 end
        from generate_series(1, 2) c, generate_series(1, ${transactions}) t, generate_series(1, ${talks}) n;
    analyze greenroom.talks_versions; analyze greenroom.transactions`);
}, 120_000);
afterAll(() => db.drop());

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Node[];
}
const flat = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(flat)];

describe.each([
  ['soon after the beginning', 2],
  ['in the middle', transactions / 2],
  ['near the end', transactions - 1],
  ['now', transactions],
])('%s', (_, hour) => {
  const at = `'2026-01-01'::timestamptz + interval '${hour} hours 30 minutes'`;

  test('it is what was valid then', async () => {
    const rows = await sql(`select distinct title, count(*) over ()::int as rows
      from greenroom.talks_as_of(${at}) where conference_id = 1`);
    expect(rows).toEqual([{ title: `Title ${hour}`, rows: talks }]);
  });

  test('it visits no more than that, through an index', async () => {
    const rows = await sql(`explain (analyze, format json, costs off, timing off)
      select * from greenroom.talks_as_of(${at}) where conference_id = 1`);
    const { 'QUERY PLAN': plans } = rows[0] as unknown as { 'QUERY PLAN': [{ Plan: Node }] };
    const nodes = flat(plans[0].Plan);
    const ofVersions = nodes.filter((node) => node['Relation Name'] === 'talks_versions');
    expect(ofVersions.map((node) => node['Node Type'])).not.toContain('Seq Scan');
    const visited = nodes.map(
      (node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
    );
    expect(Math.max(...visited)).toBeLessThanOrEqual(2 * talks);
  });
});
