import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RemovalGuardError } from '../../src/errors.ts';
import { type MirrorOfAny, mirrorFrom } from '../support/mirror.ts';
import { content, rowVersions } from '../support/mirror-content.ts';
import { mirroredSlots, move, plannedSlots, releasedSlots } from './editing.ts';
import { type RunningPretalx, startPretalx } from './pretalx.ts';

const none = { added: 0, changed: 0, removed: 0 };

let pretalx: RunningPretalx;
let mirror: MirrorOfAny;
beforeEach(async () => {
  pretalx = await startPretalx();
  mirror = await mirrorFrom(pretalx);
});
afterEach(async () => {
  await mirror?.close();
  await pretalx?.close();
});

/** Which slot has which key and id. */
async function identities() {
  const slots = await mirror.rows<{ slot_key: string; id: string; submission_code: string | null }>(
    'schedule_slots',
    'slot_key',
  );
  return slots.map(({ slot_key, id, submission_code }) => ({ slot_key, id, submission_code }));
}

async function talk(code: string) {
  const talks = await mirror.rows<Record<string, unknown>>('talks');
  return talks.find((row) => row.pretalx_code === code);
}

async function expectEqualToOneFromNothing() {
  const fresh = await mirrorFrom(pretalx);
  try {
    await fresh.sync();
    expect(await content(mirror)).toEqual(await content(fresh));
  } finally {
    await fresh.close();
  }
}

describe('a mirror of a running pretalx', () => {
  test('follows changes at once, moves and cancellations with their release; slots keep keys and ids', async () => {
    await mirror.sync();
    const before = await identities();
    const title = 'Žluťoučký <b>kůň</b> 🐎 & "שלום"';
    await pretalx.api('PATCH', 'submissions/CWLLHZ/', { title });
    await pretalx.api('PATCH', 'rooms/3/', { name: { en: 'Studio', de: 'Studio' } });
    await pretalx.api('POST', 'submissions/NQPNF7/cancel/');
    await move(pretalx, 'PUGF9Y', { room: 4, start: '2026-07-15T17:00:00+02:00' });
    await move(pretalx, 'JVHMN9', { room: 3, start: '2026-07-17T15:00:00+02:00' }, 1);

    const unreleased = await mirror.sync();
    expect(unreleased.changes).toMatchObject({
      rooms: { ...none, changed: 1, unchanged: 3 },
      speakers: { ...none, unchanged: 26 },
      talks: { ...none, changed: 2, unchanged: 29 },
      schedule_slots: { ...none, changed: 1, unchanged: 32 },
    });
    expect(await talk('CWLLHZ')).toMatchObject({ title });
    expect(await talk('NQPNF7')).toMatchObject({ state: 'canceled', removed_at: null });
    expect(await identities()).toEqual(before);
    await expectEqualToOneFromNothing();

    await pretalx.release('1.1');
    const released = await mirror.sync();
    expect(released).toMatchObject({
      talks: 30,
      schedule_slots: 32,
      warnings: [],
      changes: {
        rooms: { ...none, unchanged: 4 },
        speakers: { ...none, unchanged: 26 },
        talks: { ...none, changed: 1, removed: 1, unchanged: 29 },
        schedule_slots: { ...none, changed: 2, removed: 1, unchanged: 30 },
      },
    });
    expect(await mirror.conference()).toMatchObject({ releasedVersion: '1.1' });
    expect((await talk('NQPNF7'))?.removed_at).not.toBeNull();
    expect(await mirroredSlots(mirror)).toEqual(await releasedSlots(pretalx));
    expect(await identities()).toEqual(before.filter((slot) => slot.submission_code !== 'NQPNF7'));
    await expectEqualToOneFromNothing();
    expect((await mirror.sync()).changes.schedule_slots).toMatchObject(none);
  });

  test('knows sessions that swap rooms and a break that moves a little as the same slots', async () => {
    await mirror.sync();
    const before = await identities();
    const start = '2026-07-15T10:10:00+02:00';
    await move(pretalx, 'KS9ZYM', { room: 2, start });
    await move(pretalx, 'PUGF9Y', { room: 1, start });
    const [lunch] = await plannedSlots(pretalx, null);
    const times = { start: '2026-07-15T12:40:00+02:00', end: '2026-07-15T13:40:00+02:00' };
    await pretalx.api('PATCH', `slots/${lunch.id}/`, times);
    await pretalx.release('1.1');
    const { changes } = await mirror.sync();
    expect(changes.schedule_slots).toEqual({ ...none, changed: 3, unchanged: 30 });
    expect(changes.talks).toEqual({ ...none, changed: 2, unchanged: 29 });
    expect(await identities()).toEqual(before);
    expect(await mirroredSlots(mirror)).toEqual(await releasedSlots(pretalx));
  });

  test('brings a talk back that was cancelled and is confirmed again, as the same row', async () => {
    await mirror.sync();
    const before = await talk('NQPNF7');
    await pretalx.api('POST', 'submissions/NQPNF7/cancel/');
    await pretalx.release('1.1');
    await mirror.sync();
    await pretalx.api('POST', 'submissions/NQPNF7/accept/');
    await pretalx.api('POST', 'submissions/NQPNF7/confirm/');
    await move(pretalx, 'NQPNF7', { room: 3, start: '2026-07-17T14:00:00+02:00' });
    await pretalx.release('1.2');
    await mirror.sync();
    expect(await talk('NQPNF7')).toMatchObject({ id: before?.id, state: 'confirmed', removed_at: null });
    expect(await mirroredSlots(mirror)).toEqual(await releasedSlots(pretalx));
    await expectEqualToOneFromNothing();
  });

  test('leaves out a slot whose end pretalx left before its start, names it, and takes it when it is right', async () => {
    await mirror.sync();
    const [slot] = await plannedSlots(pretalx, 'PUGF9Y');
    await pretalx.api('PATCH', `slots/${slot.id}/`, { start: '2026-07-15T17:00:00+02:00' });
    await pretalx.release('1.1');
    const wrong = await mirror.sync();
    expect(wrong).toMatchObject({ schedule_slots: 32, skipped_slots: 1 });
    expect(wrong.warnings).toEqual([expect.stringMatching(/PUGF9Y.*times can't be used/)]);
    await move(pretalx, 'PUGF9Y', { room: 2, start: '2026-07-15T17:00:00+02:00' });
    await pretalx.release('1.2');
    const right = await mirror.sync();
    expect(right).toMatchObject({ schedule_slots: 33, warnings: [] });
    expect(await mirroredSlots(mirror)).toEqual(await releasedSlots(pretalx));
  });

  test('is held, unchanged, when a release takes away nearly half of the sessions', async () => {
    await mirror.sync();
    const before = await rowVersions(mirror);
    const talks = await mirror.rows<{ pretalx_code: string; state: string }>('talks', 'pretalx_code');
    for (const { pretalx_code } of talks.filter(({ state }) => state === 'confirmed').slice(0, 14)) {
      await pretalx.api('POST', `submissions/${pretalx_code}/cancel/`);
    }
    await pretalx.release('2.0');
    await expect(mirror.sync()).rejects.toThrow(RemovalGuardError);
    expect({ ...(await rowVersions(mirror)), conferences: [] }).toEqual({ ...before, conferences: [] });
    await mirror.sync({ allowRemovals: true });
    await expectEqualToOneFromNothing();
  });
});
