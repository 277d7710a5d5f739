import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterEach, describe, expect, test } from 'vitest';
import { type Mirror, mirrorOf } from '../support/mirror.ts';
import { content, rowVersions, visibleSlots } from '../support/mirror-content.ts';

const facts = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/democon/facts.json'), 'utf8'),
);
const moments = ['0-unreleased', '1-v1.0', '2-wip', '3-v1.1', '4-v1.2', '5-v2.0'];

let mirror: Mirror;
afterEach(() => mirror.close());

function expected(moment: string) {
  const { counts } = facts.steps[moment];
  const released = counts.released;
  return {
    rooms: counts.rooms,
    speakers: counts.speakers_with_any_submission,
    schedule_slots: released ? released.slots - released.unscheduled : 0,
    visible: released ? released.visible : 0,
    unscheduled: released
      ? released.unscheduled
      : counts.submissions_by_state.accepted + counts.submissions_by_state.confirmed,
  };
}

describe('the recorded event', () => {
  test.each(moments)('is mirrored whole at %s, into an empty database', async (moment) => {
    mirror = await mirrorOf({ step: moment });
    const result = await mirror.sync();
    const want = expected(moment);
    expect(result).toMatchObject({
      rooms: want.rooms,
      speakers: want.speakers,
      schedule_slots: want.schedule_slots,
      unscheduled_talks: want.unscheduled,
      warnings: [],
    });
    expect(await visibleSlots(mirror)).toBe(want.visible);
    expect(result.changes.talks).toEqual({ added: result.talks, changed: 0, removed: 0, unchanged: 0 });
  });

  test('is followed through all its moments; each mirror equals one made from nothing', async () => {
    mirror = await mirrorOf({ step: '0-unreleased' });
    for (const moment of moments) {
      await mirror.upstream.show(moment);
      await mirror.sync({ allowRemovals: true });
      const fresh = await mirrorOf({ step: moment });
      await fresh.sync();
      expect(await content(mirror)).toEqual(await content(fresh));
      await fresh.close();
    }
  });

  test('of pretalx 2025.2, which speaks API v1 only, is mirrored the same way', async () => {
    mirror = await mirrorOf({ step: '1-v1.0', recordings: 'democon-2025.2' });
    const result = await mirror.sync();
    expect(result).toMatchObject({ rooms: 4, speakers: 26 });
    expect(await visibleSlots(mirror)).toBe(32);
  });

  test('is written once: a second sync of the unchanged event touches no row of any mirrored table', async () => {
    mirror = await mirrorOf({});
    await mirror.sync();
    const before = await rowVersions(mirror);
    const result = await mirror.sync();
    expect(await rowVersions(mirror)).toEqual(before);
    for (const counts of Object.values(result.changes))
      expect(counts).toMatchObject({ added: 0, changed: 0, removed: 0 });
  });

  test('is read by somebody without a token as far as it is public', async () => {
    mirror = await mirrorOf({ reader: null });
    const result = await mirror.sync();
    expect(result).toMatchObject({ rooms: 7, speakers: 65, talks: 74, schedule_slots: 94 });
    expect(result.warnings.join()).toContain('tags');
    const emails = await mirror.db.execute(sql`select from greenroom.speakers where email is not null`);
    expect(emails).toHaveLength(0);
  });
});
