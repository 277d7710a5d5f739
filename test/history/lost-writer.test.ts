import { afterAll, beforeAll, expect, test } from 'vitest';
import { withTransaction } from '../../src/history/record.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let mirror: TestDatabase;
beforeAll(async () => {
  mirror = await createTestDatabase();
});
afterAll(() => mirror.drop());

const limits = `select current_setting('idle_in_transaction_session_timeout') as idle,
  current_setting('tcp_keepalives_idle') as asks_after`;

test('PostgreSQL ends a writer that says nothing for 5 minutes, and notices a machine that is gone; other work keeps its limits', async () => {
  const { database } = mirror;
  const before = await database.orm.execute(limits);
  const during = await withTransaction(database, { actor: 'test', conferenceId: 1 }, (tx) =>
    tx.execute(limits),
  );
  expect(Array.from(during)).toEqual([{ idle: '5min', asks_after: '5' }]);
  expect(Array.from(await database.orm.execute(limits))).toEqual(Array.from(before));
});
