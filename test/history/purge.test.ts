import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { exportProgramme } from '../../src/export/programme.ts';
import { purgeHistory } from '../../src/history/purge.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let db: TestDatabase;
const sql = (text: string) => db.database.sql.unsafe(text);
const versions = () => sql('select id, transaction_id as at from greenroom.rooms_versions order by 1, 2');
const purgedBefore = () =>
  sql('select slug, history_purged_before as before from greenroom.conferences order by slug');
const room = (id: number, conference: number, at: number, until: number | null, operation: number) =>
  `insert into greenroom.rooms_versions (id, conference_id, content_hash, pretalx_id, name, name_i18n, created_at, changed_at, transaction_id, end_transaction_id, operation_type)
   values (${id}, ${conference}, '', ${id}, 'Room', '{}', now(), now(), ${at}, ${until}, ${operation});`;

beforeAll(async () => {
  db = await createTestDatabase();
  await sql(`insert into greenroom.conferences (slug, name) values ('demo', 'Demo'), ('other', 'Other')`);
});
afterAll(() => db.drop());
beforeEach(async () => {
  await sql(`truncate greenroom.transactions, greenroom.rooms_versions, greenroom.talks_versions, greenroom.talk_speakers_versions restart identity;
    update greenroom.conferences set history_purged_before = null;
    insert into greenroom.transactions (issued_at, conference_id)
      select '2020-01-01'::timestamptz + (n - 1) * interval '1 year', case when n <= 4 then 1 else 2 end from generate_series(1, 6) n;
    ${room(1, 1, 1, 2, 0)} ${room(1, 1, 2, 4, 1)} ${room(1, 1, 4, null, 1)}
    ${room(2, 1, 1, null, 0)}
    ${room(3, 1, 1, 3, 0)} ${room(3, 1, 3, null, 2)}
    ${room(4, 2, 5, 6, 0)} ${room(4, 2, 6, null, 1)}`);
});

describe('history purge', () => {
  test('removes versions that ended before, never the newest of a row, and says what', async () => {
    const report = await purgeHistory(db.database, { before: new Date('2022-06-01') });
    expect(report).toEqual({
      before: '2022-06-01T00:00:00.000Z',
      tables: [{ table: 'rooms', removed: 2 }],
      transactions: 0,
    });
    expect(await versions()).toEqual([
      { id: 1, at: 2 },
      { id: 1, at: 4 },
      { id: 2, at: 1 },
      { id: 3, at: 3 },
      { id: 4, at: 5 },
      { id: 4, at: 6 },
    ]);
  });

  test('removes transactions that no version is left of', async () => {
    await sql('delete from greenroom.rooms_versions where id = 2');
    const report = await purgeHistory(db.database, { before: new Date('2023-06-01') });
    expect(report.transactions).toBe(2);
    expect(await sql('select id from greenroom.transactions order by id')).toEqual([
      { id: 3 },
      { id: 4 },
      { id: 5 },
      { id: 6 },
    ]);
  });

  test('as-of is the same as before from that time on', async () => {
    const state = () => sql(`select * from greenroom.rooms_as_of('2022-06-01') order by id`);
    const before = await state();
    await purgeHistory(db.database, { before: new Date('2022-06-01') });
    expect(await state()).toEqual(before);
    expect(before).toHaveLength(2);
  });

  test('works in batches, and on one conference alone', async () => {
    const report = await purgeHistory(db.database, { before: new Date(), batchSize: 1, conferenceId: 1 });
    expect(report.tables).toEqual([{ table: 'rooms', removed: 3 }]);
    expect((await versions()).filter((v) => v.id === 4)).toHaveLength(2);
  });

  test('of one conference takes the links of its talks along, and leaves all that is of another', async () => {
    await sql(`insert into greenroom.transactions (issued_at, conference_id) values ('2020-01-01', 2);
      insert into greenroom.talks_versions (id, conference_id, transaction_id, end_transaction_id, operation_type)
        values (1, 1, 1, 2, 0), (2, 2, 5, 6, 0);
      insert into greenroom.talk_speakers_versions (talk_id, speaker_id, transaction_id, end_transaction_id, operation_type)
        values (1, 1, 1, 2, 0), (2, 1, 5, 6, 0)`);
    const report = await purgeHistory(db.database, { before: new Date('2026-01-01'), conferenceId: 1 });
    expect(report.tables).toEqual([
      { table: 'rooms', removed: 3 },
      { table: 'talks', removed: 1 },
      { table: 'talk_speakers', removed: 1 },
    ]);
    expect(report.transactions).toBe(1);
    expect(await sql('select talk_id from greenroom.talk_speakers_versions')).toEqual([{ talk_id: 2 }]);
    expect(await purgedBefore()).toEqual([
      { slug: 'demo', before: '2026-01-01 00:00:00+00' },
      { slug: 'other', before: null },
    ]);
  });

  test('up to an earlier time than one that was cut off keeps in mind how far that one meant to go', async () => {
    await sql(`update greenroom.conferences set history_purged_before = '2023-01-01' where slug = 'demo'`);
    await purgeHistory(db.database, { before: new Date('2022-06-01') });
    expect((await purgedBefore())[0]).toEqual({ slug: 'demo', before: '2023-01-01 00:00:00+00' });
  });

  test('keeps in mind how far each conference is purged, of those that lose something by it', async () => {
    await purgeHistory(db.database, { before: new Date('2020-06-01') });
    expect(await purgedBefore()).toEqual([
      { slug: 'demo', before: null },
      { slug: 'other', before: null },
    ]);
    await purgeHistory(db.database, { before: new Date('2023-06-01') });
    await purgeHistory(db.database, { before: new Date('2022-06-01') });
    expect(await purgedBefore()).toEqual([
      { slug: 'demo', before: '2023-06-01 00:00:00+00' },
      { slug: 'other', before: null },
    ]);
  });

  test('what was before is refused instead of told with holes in it', async () => {
    await purgeHistory(db.database, { before: new Date('2022-06-01') });
    const options = { format: 'csv', asOf: new Date('2022-05-31T23:59:59.999Z') } as const;
    const refused = exportProgramme(db.database.orm, { id: 1 }, options);
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(/its history was purged up to 2022-06-01T00:00:00.000Z/);
    await exportProgramme(db.database.orm, { id: 1 }, { ...options, asOf: new Date('2022-06-01') });
    await exportProgramme(db.database.orm, { id: 2 }, options);
  });
});
