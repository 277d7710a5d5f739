import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type MirrorOfAny, mirrorFrom } from '../support/mirror.ts';
import { content } from '../support/mirror-content.ts';
import { bothExports, mirroredSlots, move, releasedSlots } from './editing.ts';
import { type RunningPretalx, startPretalx } from './pretalx.ts';

let pretalx: RunningPretalx;
let mirror: MirrorOfAny;
let releases = 0;
beforeAll(async () => {
  pretalx = await startPretalx();
});
beforeEach(async () => {
  mirror = await mirrorFrom(pretalx);
});
afterEach(() => mirror?.close());
afterAll(() => pretalx?.close());

/** Moves two sessions in the work in progress, to a place that they never had. */
async function plan(): Promise<void> {
  const hour = 10 + releases;
  await move(pretalx, 'PUGF9Y', { room: 4, start: `2026-07-15T${hour}:05:00+02:00` });
  await move(pretalx, 'ZUAQ8Z', { room: 3, start: `2026-07-17T${hour}:05:00+02:00` });
}

/** @returns the new release's version */
async function release(): Promise<string> {
  releases += 1;
  const version = `1.${releases}`;
  await pretalx.release(version);
  return version;
}

describe('a release of a running pretalx in the middle of a run', () => {
  test.each(['rooms', 'speakers', 'talks', 'schedule'])(
    'before the step %s is mirrored whole, also into an empty database',
    async (at) => {
      await plan();
      let releasedVersion: string | undefined;
      await mirror.sync({
        beforeStep: async (step) => {
          if (step === at) releasedVersion = await release();
        },
      });
      expect(await mirror.conference()).toMatchObject({ releasedVersion });
      expect(await mirroredSlots(mirror)).toEqual(await releasedSlots(pretalx));
      const { ours, theirs } = await bothExports(pretalx, mirror);
      expect(ours).toEqual(theirs);
    },
  );

  test('that cancels a talk which the run has already written takes its slot and the talk', async () => {
    await mirror.sync();
    await plan();
    const { changes } = await mirror.sync({
      beforeStep: async (step) => {
        if (step !== 'schedule') return;
        await pretalx.api('POST', 'submissions/NQPNF7/cancel/');
        await release();
      },
    });
    expect(changes.schedule_slots).toMatchObject({ added: 0, changed: 2, removed: 1 });
    expect(await mirroredSlots(mirror)).toEqual(await releasedSlots(pretalx));
    const fresh = await mirrorFrom(pretalx);
    await fresh.sync();
    expect(await content(mirror)).toEqual(await content(fresh));
    await fresh.close();
  });

  test('at any moment leaves the schedule of one release, the old one or the new one', async () => {
    await plan();
    const before = await releasedSlots(pretalx);
    let releasing: Promise<string> | undefined;
    await mirror.sync({
      onProgress: ({ phase }) => {
        if (phase === 'writing') releasing ??= release();
      },
    });
    await releasing;
    expect(releasing).toBeDefined();
    const after = await releasedSlots(pretalx);
    expect(after).not.toEqual(before);
    expect([before, after]).toContainEqual(await mirroredSlots(mirror));
    await mirror.sync();
    expect(await mirroredSlots(mirror)).toEqual(after);
  });
});
