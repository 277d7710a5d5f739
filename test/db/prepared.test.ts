import { v7 as uuid } from 'uuid';
import { expect, test } from 'vitest';
import { addConference } from '../../src/conferences/conferences.ts';
import { openDatabase } from '../../src/db/client.ts';
import { latestRuns } from '../../src/http/api/latest-runs.ts';
import { touchRuns } from '../../src/runs/progress.ts';
import { requestRuns } from '../../src/runs/runs.ts';
import { createTestDatabase } from '../support/postgres.ts';

test('statements about many runs or conferences are prepared once a connection, however many there are', async () => {
  const mirror = await createTestDatabase();
  const database = openDatabase(mirror.url, { maxConnections: 1 });
  const conferenceIds: number[] = [];
  for (let n = 0; n < 50; n += 1)
    conferenceIds.push((await addConference(database.orm, { slug: `conf-${n}` })).id);
  const prepared = async () => {
    const [row] = await database.sql<{ count: number }[]>`
      select count(*)::int from pg_prepared_statements where statement like '%sync_runs%'`;
    return row?.count;
  };
  const askAbout = async (many: number) => {
    await touchRuns(
      database.orm,
      Array.from({ length: many }, () => uuid()),
    );
    await latestRuns(
      database.orm,
      Array.from({ length: many }, (_, n) => n),
    );
    await requestRuns(
      database.orm,
      conferenceIds.slice(0, many).map((conferenceId) => ({ conferenceId, trigger: 'schedule' })),
    );
  };
  await askAbout(1);
  const first = await prepared();
  for (const many of [2, 3, 50]) await askAbout(many);
  expect(first).toBeGreaterThan(1);
  expect(await prepared()).toBe(first);
  await database.close();
  await mirror.drop();
});
