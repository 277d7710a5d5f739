/** A conference that is given another pretalx while a run of it goes on. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { updateConference } from '../../src/conferences/conferences.ts';
import { EventChangedError, PermissionError } from '../../src/errors.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';
import { content } from '../support/mirror-content.ts';
import { startReplayServer } from '../support/replay-server.ts';

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
    const synced = mirror.sync({ beforeStep: moveAt(step) });
    await expect(synced).rejects.toThrow(EventChangedError);
    // The run may have no attempt left.
    await expect(synced).rejects.toThrow('Sync again to read the new one.');
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

test.each(['speakers', 'schedule'])(
  'a token that gets only the public part of the new event is found out at the %s, before any of it is written',
  async (step) => {
    mirror = await mirrorOf({ step: '1-v1.0' });
    const next = await startReplayServer({ step: '1-v1.0' });
    vi.stubEnv('TOKEN_OF_HELPER', next.token('helper'));
    next.edit('rooms', (rooms) => rooms.map((room) => ({ ...room, name: { en: 'Of the new event' } })));
    const moved = async (at: string) => {
      if (at !== step) return;
      await updateConference(mirror.db, 'demo', { baseUrl: next.url, tokenEnv: 'TOKEN_OF_HELPER' });
    };
    const synced = mirror.sync({ readAnewBefore: step, beforeStep: moved, allowRemovals: true });
    await expect(synced).rejects.toThrow(PermissionError);
    const { rooms, speakers } = await content(mirror);
    expect(rooms?.map((room) => room.name)).not.toContain('Of the new event');
    expect(speakers?.length === 0).toBe(step === 'speakers');
    vi.unstubAllEnvs();
    await next.close();
  },
);
