/** A conference that is given another pretalx while a run of it goes on. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { updateConference } from '../../src/conferences/conferences.ts';
import { EventChangedError } from '../../src/errors.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';
import { content } from '../support/mirror-content.ts';

let other: Mirror;
let mirror: Mirror;
beforeAll(async () => {
  other = await mirrorOf({ step: '5-v2.0' });
  await other.sync();
});
afterEach(() => mirror.close());
afterAll(() => other.close());

const moveAt = (moment: string) => async (step: string) => {
  if (step === moment) await updateConference(mirror.db, 'demo', { baseUrl: other.upstream.url });
};

test.each(['rooms', 'schedule'])(
  'the %s of the old event are not written, and its release not noted',
  async (step) => {
    mirror = await mirrorOf({ step: '1-v1.0' });
    await expect(mirror.sync({ beforeStep: moveAt(step) })).rejects.toThrow(EventChangedError);
    expect(await mirror.conference()).toMatchObject({ releasedScheduleId: null, releasedVersion: null });
    expect((await content(mirror))[step === 'rooms' ? 'rooms' : 'slots']).toEqual([]);
  },
);

test.each(['speakers', 'schedule'])(
  'an attempt that goes on at the %s with the new event makes all of it true',
  async (step) => {
    mirror = await mirrorOf({ step: '1-v1.0' });
    mirror.upstream.edit('rooms', (rooms) =>
      rooms.map((room) => ({ ...room, name: { en: 'Of the old event' } })),
    );
    await mirror.sync({ readAnewBefore: step, beforeStep: moveAt(step), allowRemovals: true });
    expect(await content(mirror)).toEqual(await content(other));
  },
);
