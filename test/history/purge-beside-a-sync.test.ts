import { afterAll, beforeAll, expect, test } from 'vitest';
import { purgeHistory } from '../../src/history/purge.ts';
import { reconcileVersions } from '../../src/history/reconcile/index.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';
import { content } from '../support/mirror-content.ts';

let mirror: Mirror;
beforeAll(async () => {
  mirror = await mirrorOf({ step: '1-v1.0' });
  await mirror.sync();
});
afterAll(() => mirror.close());
const sql = (text: string) => mirror.test.database.sql.unsafe(text);

test('a purge of all that has ended, again and again while syncs write, harms neither', async () => {
  let isOver = false;
  let removed = 0;
  const purging = (async () => {
    while (!isOver) {
      const report = await purgeHistory(mirror.test.database, { before: new Date(), batchSize: 7 });
      removed += report.tables.reduce((sum, table) => sum + table.removed, 0);
    }
  })();
  for (const release of ['3-v1.1', '4-v1.2', '5-v2.0', '1-v1.0', '3-v1.1']) {
    await mirror.upstream.show(release);
    await mirror.sync({ allowRemovals: true });
  }
  isOver = true;
  await purging;
  expect(removed).toBeGreaterThan(100);
  const left = await reconcileVersions(mirror.test.database, { actor: null, delete: true, dryRun: true });
  expect(left.tables.flatMap(({ diffs, several_latest }) => [...diffs, ...several_latest])).toEqual([]);

  await purgeHistory(mirror.test.database, { before: new Date() });
  const ended = await sql('select from greenroom.talks_versions where end_transaction_id is not null');
  expect(ended).toEqual([]);
  const unnamed = await sql(`select from greenroom.schedule_slots_versions v
    where not exists (select from greenroom.transactions t where t.id = v.transaction_id)`);
  expect(unnamed).toEqual([]);
  const live = await sql('select * from greenroom.schedule_slots order by id');
  expect(await sql('select * from greenroom.schedule_slots_as_of(now()) order by id')).toEqual(live);
  expect((await content(mirror)).talks.length).toBeGreaterThan(70);
}, 60_000);
