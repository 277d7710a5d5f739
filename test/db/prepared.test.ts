import { v7 as uuid } from 'uuid';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { latestRuns } from '../../src/http/api/latest-runs.ts';
import { touchRuns } from '../../src/runs/progress.ts';
import { createTestDatabase } from '../support/postgres.ts';

test('statements about many runs or conferences are prepared once a connection, however many there are', async () => {
  const mirror = await createTestDatabase();
  const database = openDatabase(mirror.url, { maxConnections: 1 });
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
  };
  await askAbout(1);
  const first = await prepared();
  for (const many of [2, 3, 50]) await askAbout(many);
  expect(first).toBeGreaterThan(1);
  expect(await prepared()).toBe(first);
  await database.close();
  await mirror.drop();
});
