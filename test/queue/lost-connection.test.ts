import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/log.ts';
import { openQueue, type Queue } from '../../src/queue/queue.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let mirror: TestDatabase;
let queue: Queue;
const lines: string[] = [];
const messages = () => lines.map((line) => JSON.parse(line).msg);

beforeAll(async () => {
  mirror = await createTestDatabase();
  const log = createLogger({ level: 'info', format: 'json' }, { write: (line) => lines.push(line) });
  queue = await openQueue({
    config: readConfig({ DATABASE_URL: mirror.url }),
    database: mirror.database,
    log,
  });
});
afterAll(async () => {
  await queue.close();
  await mirror.drop();
});

test('the log says that the queue in PostgreSQL is back as soon as another connection is used', async () => {
  const lost = "the connection to PostgreSQL's queue failed; trying again until it is back";
  const back = "PostgreSQL's queue is back";
  // At once, so that there are two connections; one of them stays.
  await Promise.all([queue.ready(), queue.ready()]);
  for (const before of [[], [lost, back]]) {
    await mirror.database.sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'greenroom queue' limit 1`;
    await expect.poll(messages, { timeout: 10_000 }).toEqual([...before, lost]);
    await Promise.all([queue.ready(), queue.ready()]);
    expect(messages()).toEqual([...before, lost, back]);
  }
});
