import { afterAll, beforeAll, expect, test } from 'vitest';
import { entriesOf } from '../export/recorded-exports.ts';
import { type MirrorOfAny, mirrorFrom } from '../support/mirror.ts';
import { bothExports, move } from './editing.ts';
import { type RunningPretalx, startPretalx } from './pretalx.ts';

let pretalx: RunningPretalx;
let mirrors: MirrorOfAny[] = [];
beforeAll(async () => {
  pretalx = await startPretalx();
  mirrors = [await mirrorFrom(pretalx), await mirrorFrom({ ...pretalx, token: undefined })];
});
afterAll(async () => {
  for (const mirror of mirrors) await mirror.close();
  await pretalx?.close();
});

/** An organiser's mirror and everybody's. */
async function expectSameExports(sessions: number) {
  for (const mirror of mirrors) {
    await mirror.sync();
    const { ours, theirs } = await bothExports(pretalx, mirror);
    expect(entriesOf(theirs)).toHaveLength(sessions);
    expect(ours).toEqual(theirs);
  }
}

test("schedule.json equals a running pretalx' own, before and after changes and releases", async () => {
  await expectSameExports(29);
  await pretalx.api('PATCH', 'submissions/CWLLHZ/', {
    title: 'É 🎤 <i>"quoted"</i> & عربى',
    abstract: 'one\r\ntwo\tthree\u2028four',
  });
  await pretalx.api('PATCH', 'rooms/3/', { name: { en: 'Studio' }, capacity: 12 });
  await pretalx.api('POST', 'submissions/NQPNF7/cancel/');
  await pretalx.api('POST', 'submissions/PRBEGL/confirm/');
  // After midnight, which is still the day before; and outside the event's days, which is in no export.
  await move(pretalx, 'PUGF9Y', { room: 4, start: '2026-07-16T01:30:00+02:00' });
  await move(pretalx, 'ZUAQ8Z', { room: 2, start: '2026-07-20T10:00:00+02:00' });
  await expectSameExports(29);
  await pretalx.release('1.1');
  await expectSameExports(28);
  await pretalx.api('POST', 'submissions/GBNCVB/cancel/');
  await expectSameExports(28);
  await pretalx.release('1.2');
  await expectSameExports(27);
});
