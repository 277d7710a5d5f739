import { sql } from 'drizzle-orm';
import { afterEach, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { IncompleteListingError } from '../../src/errors.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

let mirror: Mirror;
afterEach(() => mirror.close());

test('a reader that polls while runs go on never sees half a step or a key that points at what is gone', async () => {
  mirror = await mirrorOf({ step: '1-v1.0' });
  await mirror.sync();
  const reader = openDatabase(mirror.test.url, { maxConnections: 1 });
  let isOver = false;
  const seen: { slots: number; dangling: number }[] = [];
  const polling = (async () => {
    while (!isOver) {
      const [row] = await reader.orm.execute<{ slots: number; dangling: number }>(sql`
        select (select count(*)::int from greenroom.schedule_slots) as slots,
               (select count(*)::int from greenroom.schedule_slots s
                  left join greenroom.rooms r on r.id = s.room_id left join greenroom.talks t on t.id = s.talk_id
                 where r.removed_at is not null or t.removed_at is not null)
             + (select count(*)::int from greenroom.talks t join greenroom.rooms r on r.id = t.room_id
                 where t.removed_at is null and r.removed_at is not null) as dangling`);
      if (row) seen.push(row);
    }
  })();
  for (const moment of ['2-wip', '3-v1.1', '4-v1.2', '5-v2.0', '1-v1.0', '4-v1.2']) {
    await mirror.upstream.show(moment);
    await mirror.sync({ allowRemovals: true });
  }
  isOver = true;
  await polling;
  await reader.close();
  expect(seen.length).toBeGreaterThan(20);
  expect(new Set(seen.map((row) => row.dangling))).toEqual(new Set([0]));
  // releases 1.0 and 1.1 have 96 slots, 1.2 has 95, 2.0 has 51
  expect([...new Set(seen.map((row) => row.slots))].every((slots) => [96, 95, 51].includes(slots))).toBe(
    true,
  );
});

test('a listing that never proves complete writes nothing and removes nothing', async () => {
  mirror = await mirrorOf({ step: '1-v1.0' });
  await mirror.sync();
  const before = await mirror.rows('speakers');
  mirror.upstream.edit('speakers', (items) => items.map((item, at) => ({ ...item, name: `New ${at}` })));
  mirror.upstream.on('/speakers/').change((body) => {
    const { results, ...page } = body as { results: unknown[] };
    return { ...page, results: results.slice(0, -1) };
  });
  await expect(mirror.sync()).rejects.toThrow(IncompleteListingError);
  expect(await mirror.rows('speakers')).toEqual(before);
});
