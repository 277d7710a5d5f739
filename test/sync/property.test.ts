import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { compareProgramme } from '../support/compared-programme.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';
import { changeKinds, changeUpstream, type UpstreamChange } from '../support/upstream-changes.ts';

let mirror: Mirror;
afterEach(() => mirror.close());

test('a plan is what the sync does, the mirror then equals upstream, and a second sync changes nothing', async () => {
  mirror = await mirrorOf({ env: { GREENROOM_GUARD_ENABLED: 'false' } });
  await mirror.sync();
  const change = fc.record<UpstreamChange>({
    kind: fc.constantFrom(...changeKinds),
    pick: fc.nat(500),
    amount: fc.nat(300),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (list) => {
      for (const each of list) changeUpstream(mirror.upstream, each);
      const plan = await mirror.plan();
      const keysBefore = await slotKeys();
      const result = await mirror.sync();
      expect(plan.result).toEqual(result);
      expect(plan.keys.schedule_slots.added).toHaveLength(result.changes.schedule_slots.added);
      const { id } = await mirror.conference();
      const { mirrored, upstream } = await compareProgramme(mirror.db, id, mirror.upstream);
      expect(mirrored).toEqual(upstream);
      const keysAfter = await slotKeys();
      for (const [key, content] of keysAfter) {
        const before = [...keysBefore].filter(([, other]) => other === content);
        const after = [...keysAfter].filter(([, other]) => other === content);
        if (before.length === 1 && after.length === 1) expect(key).toBe(before[0]?.[0]);
      }
      const again = await mirror.sync();
      for (const counts of Object.values(again.changes))
        expect(counts).toMatchObject({ added: 0, changed: 0, removed: 0 });
    }),
    { numRuns: 12, endOnFailure: true },
  );
}, 240_000);

/** Keys with what is held there: a slot that stays as it is keeps its key. */
async function slotKeys(): Promise<Map<string, string>> {
  const rows = await mirror.db.execute<{ slot_key: string; content: string }>(
    sql`select slot_key, concat_ws(' ', submission_code, room_id, start_at, end_at, is_visible, title, title_i18n) as content from greenroom.schedule_slots`,
  );
  return new Map(rows.map((row) => [row.slot_key, row.content]));
}
