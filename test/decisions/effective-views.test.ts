import { sql } from 'drizzle-orm';
import { afterEach, describe, expect, test } from 'vitest';
import { reconcileVersions } from '../../src/history/reconcile/index.ts';
import { cancelledStates } from '../../src/programme/cancelled.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

let mirror: Mirror;
afterEach(() => mirror.close());

const tables = { talks: 'talks', speakers: 'speakers', rooms: 'rooms', slots: 'schedule_slots' };

describe('the effective views', () => {
  test('have the columns of their tables, under the same names and types', async () => {
    mirror = await mirrorOf({});
    for (const [view, table] of Object.entries(tables)) {
      const columnsOf = async (name: string) => {
        const rows = await mirror.db.execute<{ name: string; type: string }>(sql`
          select column_name as name, data_type as type from information_schema.columns
           where table_schema = 'greenroom' and table_name = ${name} and column_name <> 'removed_at'`);
        return new Map(rows.map((row) => [row.name, row.type]));
      };
      const shown = await columnsOf(`effective_${view}`);
      for (const [name, type] of await columnsOf(table))
        expect([name, shown.get(name)]).toEqual([name, type]);
    }
  });

  test('without overrides say what the tables say of what is there and shown', async () => {
    mirror = await mirrorOf({ step: '3-v1.1' });
    await mirror.sync();
    await mirror.upstream.show('4-v1.2');
    await mirror.sync();
    const codes = async (name: string, column: string) =>
      (await mirror.rows(name, column)).map((row) => row[column]);
    expect(await codes('effective_talks', 'pretalx_code')).toEqual(
      await codes('talks where removed_at is null', 'pretalx_code'),
    );
    expect(await codes('effective_rooms', 'pretalx_id')).not.toContain(107);
    expect(await codes('effective_slots', 'slot_key')).toEqual(
      await codes('schedule_slots where is_visible', 'slot_key'),
    );
    const speakers = await codes('effective_speakers', 'pretalx_code');
    expect(speakers).toContain('3DPCGA');
    expect(speakers).not.toContain('ZKAKWS');
    for (const view of Object.keys(tables)) {
      const [difference] = await mirror.db.execute<{ n: number }>(sql`
        select count(*)::int as n from (
          select * from greenroom.${sql.identifier(`effective_${view}`)}
          except all select * from greenroom.${sql.identifier(`effective_${view}_as_of`)}(clock_timestamp(), 1)) d`);
      expect(difference?.n).toBe(0);
    }
  });

  test('call a talk cancelled by its state, also while its slot is still shown', async () => {
    mirror = await mirrorOf({ step: '2-wip' });
    await mirror.sync();
    const cancelled = await mirror.rows('effective_slots where is_cancelled');
    expect(cancelled.map((slot) => slot.submission_code)).toEqual(['MEEKAR']);
    const talks = await mirror.rows('effective_talks where is_cancelled');
    expect(talks.map((talk) => talk.pretalx_code)).toEqual(['MEEKAR']);
  });

  test.each(cancelledStates)('call a talk cancelled that is %s, now and of a past time', async (state) => {
    mirror = await mirrorOf({});
    await mirror.sync();
    await mirror.db.execute(sql`update greenroom.talks set state = ${state} where pretalx_code = 'MEEKAR'`);
    await reconcileVersions(mirror.test.database, { actor: null });
    const cancelled = async (view: string) =>
      (await mirror.rows(`${view} where is_cancelled`)).map((row) => row.submission_code ?? row.pretalx_code);
    for (const view of ['effective_slots', 'effective_talks'])
      for (const seen of [view, `${view}_as_of(clock_timestamp(), 1)`])
        expect(await cancelled(seen)).toEqual(['MEEKAR']);
  });
});
