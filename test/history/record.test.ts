import { afterAll, beforeAll, expect, test } from 'vitest';
import { overrides } from '../../src/db/schema/index.ts';
import { OPERATION } from '../../src/history/operation.ts';
import { type Recorder, withTransaction } from '../../src/history/record.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await db.database.sql`insert into greenroom.conferences (slug, name) values ('demo', 'Demo')`;
});
afterAll(() => db.drop());

type Word = 'inserted' | 'insertedAgain' | 'updated' | 'deleted';

/** Says the words about one row in one transaction, at the end of which it is there or not. */
async function transaction(key: string, isThere: boolean, words: Word[]): Promise<void> {
  await withTransaction(db.database, { actor: 'me', conferenceId: 1 }, async (tx, history: Recorder) => {
    await tx.delete(overrides);
    const row = { conferenceId: 1, entity: 'talk' as const, key, field: 'title', setBy: 'me' };
    if (isThere) await tx.insert(overrides).values(row);
    for (const word of words) history[word](overrides, [[1, 'talk', key, 'title']]);
  });
}

const { insert, delete: remove } = OPERATION;

test.each([
  { what: 'made, changed', before: [], words: ['inserted', 'updated'], versions: [insert] },
  { what: 'made, deleted', before: [], words: ['inserted', 'deleted'], versions: [] },
  {
    what: 'changed, deleted',
    before: ['inserted'],
    words: ['updated', 'deleted'],
    versions: [insert, remove],
  },
  {
    what: 'deleted, made again, changed',
    before: ['inserted'],
    words: ['deleted', 'inserted', 'updated'],
    versions: [insert, insert],
  },
  {
    what: 'deleted, made again, deleted',
    before: ['inserted'],
    words: ['deleted', 'inserted', 'deleted'],
    versions: [insert, remove],
  },
  {
    what: 'made again and deleted, long deleted before',
    before: ['inserted', 'deleted'],
    words: ['insertedAgain', 'deleted'],
    versions: [insert, remove],
  },
] as { what: string; before: Word[]; words: Word[]; versions: number[] }[])(
  'a row that one transaction has $what has the versions that its states before and after make',
  async ({ what, before, words, versions }) => {
    for (const word of before) await transaction(what, word !== 'deleted', [word]);
    await transaction(what, words.at(-1) !== 'deleted', words);
    const found = await db.database.sql`
      select operation_type as operation, end_transaction_id is null as open from greenroom.overrides_versions
       where key = ${what} order by transaction_id`;
    expect(found.map(({ operation }) => operation)).toEqual(versions);
    expect(found.filter(({ open }) => open)).toHaveLength(versions.length > 0 ? 1 : 0);
  },
);

test('a transaction that takes back what it made leaves no record', async () => {
  const count = () => db.database.sql`select count(*)::int from greenroom.transactions`;
  const before = await count();
  await transaction('taken back', false, ['inserted', 'deleted']);
  expect(await count()).toEqual(before);
});
