import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type MirrorOfAny, mirrorFrom } from '../support/mirror.ts';
import { rowVersions, visibleSlots } from '../support/mirror-content.ts';
import { mirroredSlots, move, releasedSlots } from './editing.ts';
import { type RunningPretalx, startPretalx } from './pretalx.ts';

let pretalx: RunningPretalx;
let mirror: MirrorOfAny;
beforeAll(async () => {
  pretalx = await startPretalx();
});
afterEach(() => mirror?.close());
afterAll(() => pretalx?.close());

test('a first sync of a running pretalx holds what was recorded, and a second one writes nothing', async () => {
  mirror = await mirrorFrom(pretalx);
  const result = await mirror.sync();
  expect(result).toMatchObject({
    rooms: 4,
    speakers: 26,
    talks: 31,
    schedule_slots: 33,
    unscheduled_talks: 2,
    warnings: [],
    changes: {
      rooms: { added: 4 },
      speakers: { added: 26 },
      talks: { added: 31 },
      schedule_slots: { added: 33 },
    },
  });
  expect(await visibleSlots(mirror)).toBe(32);
  expect(await mirroredSlots(mirror)).toEqual(await releasedSlots(pretalx));
  const before = await rowVersions(mirror);
  const again = await mirror.sync();
  expect(await rowVersions(mirror)).toEqual(before);
  for (const counts of Object.values(again.changes))
    expect(counts).toMatchObject({ added: 0, changed: 0, removed: 0 });
});

test('somebody without a token mirrors what a running pretalx shows to everybody, and follows it', async () => {
  mirror = await mirrorFrom({ ...pretalx, token: undefined });
  const isVisible = (slot: string) => slot.endsWith(' true');
  const result = await mirror.sync();
  expect(result).toMatchObject({ rooms: 4, talks: 28, schedule_slots: 32 });
  expect(result.warnings).toEqual([expect.stringContaining('tags')]);
  expect(await visibleSlots(mirror)).toBe(32);
  expect(await mirroredSlots(mirror)).toEqual((await releasedSlots(pretalx)).filter(isVisible));
  const speakers = await mirror.rows<{ email: string | null }>('speakers');
  expect(speakers.length).toBe(result.speakers);
  expect(speakers.filter(({ email }) => email !== null)).toEqual([]);
  expect(await mirror.rows('tags')).toEqual([]);

  await pretalx.api('POST', 'submissions/NQPNF7/cancel/');
  await move(pretalx, 'PUGF9Y', { room: 4, start: '2026-07-15T17:00:00+02:00' });
  await pretalx.release('1.1');
  const { changes } = await mirror.sync();
  expect(changes.schedule_slots).toEqual({ added: 0, changed: 1, removed: 1, unchanged: 30 });
  expect(changes.talks).toEqual({ added: 0, changed: 1, removed: 1, unchanged: 26 });
  expect(await mirroredSlots(mirror)).toEqual((await releasedSlots(pretalx)).filter(isVisible));
});
