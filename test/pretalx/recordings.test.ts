import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { everything, read, serve } from './open.ts';

/** The yardstick is `facts.json`, which was computed from the recordings by something else. */
const fixtures = join(import.meta.dirname, '../../fixtures');

interface Counts {
  rooms: number;
  speakers: number;
  submissions: number;
  tags: number;
}

async function readAll(reading: ReturnType<typeof read>) {
  await reading.verifyAccess(everything);
  const release = await reading.release();
  return {
    event: await reading.event(),
    release,
    rooms: await reading.rooms().all(),
    speakers: await reading.speakers().all(),
    submissions: await reading.submissions().all(),
    types: await reading.submissionTypes().all(),
    tracks: await reading.tracks(),
    tags: await reading.tags(),
    slots: release === null ? [] : await reading.slots(release).all(),
  };
}

const expected: Record<string, Counts & { slots: number; visible: number; version: string | null }> = {
  '0-unreleased': { rooms: 7, speakers: 66, submissions: 109, tags: 5, slots: 0, visible: 0, version: null },
  '1-v1.0': { rooms: 7, speakers: 66, submissions: 109, tags: 5, slots: 105, visible: 94, version: '1.0' },
  '2-wip': { rooms: 7, speakers: 66, submissions: 110, tags: 5, slots: 105, visible: 94, version: '1.0' },
  '3-v1.1': { rooms: 7, speakers: 66, submissions: 110, tags: 5, slots: 105, visible: 94, version: '1.1' },
  '4-v1.2': { rooms: 6, speakers: 66, submissions: 109, tags: 4, slots: 104, visible: 93, version: '1.2' },
  '5-v2.0': { rooms: 6, speakers: 66, submissions: 109, tags: 4, slots: 104, visible: 49, version: '2.0' },
};

describe('the recorded event', () => {
  test.each(Object.entries(expected))('is read whole at %s', async (step, counts) => {
    const upstream = await serve({ step });
    const all = await readAll(read(upstream));
    expect({
      rooms: all.rooms.length,
      speakers: all.speakers.length,
      submissions: all.submissions.length,
      tags: all.tags?.length,
      slots: all.slots.length,
      visible: all.slots.filter((slot) => slot.is_visible).length,
      version: all.release?.version ?? null,
    }).toEqual(counts);
    expect(all.event).toMatchObject({ slug: 'democon', timezone: 'Europe/Prague', locales: ['en', 'de'] });
  });

  test('goes on from one recorded moment to the next', async () => {
    const upstream = await serve();
    await upstream.show('3-v1.1');
    expect(await read(upstream).currentRelease()).toMatchObject({ id: 42, version: '1.1' });
  });

  test('of pretalx 2025.2 is read whole, by API v1', async () => {
    const facts = JSON.parse(await readFile(join(fixtures, 'democon-2025.2/facts.json'), 'utf8'));
    const upstream = await serve({ recordings: 'democon-2025.2' });
    const reading = read(upstream);
    const all = await readAll(reading);
    expect(all.rooms.map(({ id }) => id).sort()).toEqual(facts.rooms);
    expect(all.submissions).toHaveLength(facts.counts.submissions);
    expect(all.speakers).toHaveLength(facts.counts.speakers);
    expect(all.slots).toHaveLength(facts.counts.released_slots);
    expect(all.slots.filter((slot) => slot.is_visible)).toHaveLength(facts.counts.released_visible);
    expect(reading.warnings()).toEqual([]);
  });
});
