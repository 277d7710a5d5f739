import { afterAll, beforeAll, expect, test } from 'vitest';
import { reconcileVersions } from '../../src/history/reconcile/index.ts';
import { restoreConference } from '../../src/restore/index.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

let mirror: Mirror;
const sql = (text: string) => mirror.test.database.sql.unsafe(text);
const activities = () => sql('select id, submission_type, slug, name from greenroom.activities order by id');

beforeAll(async () => {
  mirror = await mirrorOf({ step: '1-v1.0' });
  await mirror.sync();
});
afterAll(() => mirror.close());

test('a restore brings activities back whose names others have since', async () => {
  const { database } = mirror.test;
  const before = await activities();
  const [first, second, third] = before;
  const [time] = await sql('select clock_timestamp() as now from pg_sleep(0.002)');
  const rename = (id: number, to: { submission_type: string; slug: string }) =>
    sql(
      `update greenroom.activities set submission_type = '${to.submission_type}', slug = '${to.slug}' where id = ${id}`,
    );
  // The first two have changed names; the third is gone, and the fourth has its name.
  await rename(first?.id, { submission_type: 'other', slug: 'other' });
  await rename(second?.id, first as never);
  await rename(first?.id, second as never);
  await sql(`delete from greenroom.activity_talks where activity_id = ${third?.id}`);
  await sql(`delete from greenroom.activities where id = ${third?.id}`);
  await rename(before[3]?.id, third as never);
  await reconcileVersions(database, { actor: 'me', delete: true });

  await restoreConference(database, mirror.config, await mirror.conference(), new Date(time?.now), {
    actor: 'me',
    allowRemovals: true,
  });
  expect(await activities()).toEqual(before);
  const report = await reconcileVersions(database, { actor: 'me', delete: true, dryRun: true });
  expect(report.tables.flatMap(({ diffs }) => diffs)).toEqual([]);
});
