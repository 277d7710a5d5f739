import { setTimeout } from 'node:timers/promises';
import ICAL from 'ical.js';
import { afterEach, describe, expect, test } from 'vitest';
import { setOverrides } from '../../src/decisions/overrides.ts';
import { exportProgramme } from '../../src/export/programme.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';
import { recordedExport, recordedUrl } from './recorded-exports.ts';

let mirror: Mirror;
afterEach(() => mirror.close());

async function exported(): Promise<string> {
  const options = { format: 'ical', baseUrl: recordedUrl } as const;
  return (await exportProgramme(mirror.db, await mirror.conference(), options)).body;
}

function eventsIn(text: string): ICAL.Event[] {
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
  return calendar.getAllSubcomponents('vevent').map((event) => new ICAL.Event(event));
}

/** What a calendar shows of an event, with times in UTC. pretalx writes `title - ` where nobody speaks. */
const shown = (event: ICAL.Event) => ({
  summary: event.summary.replace(/ - $/, ''),
  location: event.location,
  description: event.description || null,
  start: event.startDate.toUnixTime(),
  end: event.endDate.toUnixTime(),
  url: event.component.getFirstPropertyValue('url'),
});
const byStart = (a: ReturnType<typeof shown>, b: ReturnType<typeof shown>) =>
  a.start - b.start || String(a.url).localeCompare(String(b.url));

describe('ical', () => {
  test.each([
    ['democon', '1-v1.0'],
    ['democon', '3-v1.1'],
    ['democon', '5-v2.0'],
    ['democon-2025.2', '1-v1.0'],
  ])('of a mirror of %s at %s shows a calendar what the one of pretalx does', async (recordings, step) => {
    mirror = await mirrorOf({ recordings, step });
    await mirror.sync();
    const ours = eventsIn(await exported())
      .map(shown)
      .sort(byStart);
    const theirs = eventsIn(recordedExport(recordings, step, 'schedule.ics'))
      .map(shown)
      .sort(byStart);
    expect(ours).toEqual(theirs);
  });

  test('has no line of its own from the name of the event or the code of a talk', async () => {
    mirror = await mirrorOf({});
    const line = 'A; B, C\r\nEND:VCALENDAR\nX-LINE:1';
    const renamed = (key: string) => (items: Record<string, unknown>[]) =>
      items.map((item) => (item[key] === 'KXENP3' ? { ...item, [key]: line } : item));
    mirror.upstream.editObject('event', (event) => ({ ...event, name: { en: line } }));
    mirror.upstream.edit('submissions', renamed('code'));
    mirror.upstream.edit('slots', renamed('submission'));
    await mirror.sync();
    const text = await exported();
    expect(text).not.toMatch(/^(X-LINE|END:VCALENDAR\n)/m);
    expect(new ICAL.Component(ICAL.parse(text)).getFirstPropertyValue('name')).toBe(
      'A; B, C END:VCALENDAR X-LINE:1',
    );
    expect(eventsIn(text).map((event) => event.uid)).toContainEqual(expect.stringContaining('X-LINE'));
  });

  test('is the same text while nothing changes, and names every session once', async () => {
    mirror = await mirrorOf({});
    await mirror.sync();
    const first = await exported();
    await mirror.sync();
    expect(await exported()).toBe(first);
    const uids = eventsIn(first).map((event) => event.uid);
    expect(new Set(uids).size).toBe(uids.length);
    expect(uids).toContain('pretalx-democon-KXENP3@127.0.0.1:8345');
    expect(uids.filter((uid) => uid.includes('WQKZ3P'))).toEqual([
      'pretalx-democon-WQKZ3P@127.0.0.1:8345',
      'pretalx-democon-WQKZ3P-2@127.0.0.1:8345',
    ]);
  });

  test('cancels a session that upstream or an override cancels, and stamps what changed anew', async () => {
    mirror = await mirrorOf({ step: '1-v1.0' });
    await mirror.sync();
    const before = statusAndStamp(await exported());
    await setTimeout(1_000); // a stamp has whole seconds
    await mirror.upstream.show('2-wip');
    await mirror.sync();
    await setOverrides(mirror.test.database, await mirror.conference(), {
      entity: 'talk',
      key: 'SKU87G',
      fields: ['is_cancelled=true'],
      setBy: 'test',
    });
    const after = statusAndStamp(await exported());
    const cancelled = [...after].filter(([, event]) => event.status === 'CANCELLED').map(([uid]) => uid);
    expect(cancelled.map((uid) => uid.split('-')[2]?.slice(0, 6)).sort()).toEqual(['MEEKAR', 'SKU87G']);
    for (const uid of cancelled) expect(after.get(uid)?.stamp).not.toBe(before.get(uid)?.stamp);
    const same = [...after.keys()].find((uid) => uid.includes('KXENP3')) as string;
    expect(after.get(same)).toEqual(before.get(same));
  });

  test('means the right moment also in the hour that the end of summer time repeats', async () => {
    mirror = await mirrorOf({});
    await mirror.sync();
    for (const [key, start, end] of [
      ['KXENP3', '2026-10-25T02:30+02:00', '2026-10-25T02:30+01:00'],
      ['DJPMV9', '2026-03-29T01:30', '2026-03-29T03:30'],
    ]) {
      await setOverrides(mirror.test.database, await mirror.conference(), {
        entity: 'slot',
        key: key as string,
        fields: [`start_at=${start}`, `end_at=${end}`],
        setBy: 'test',
      });
    }
    const events = eventsIn(await exported()).map(shown);
    for (const [code, start, end] of [
      ['KXENP3', '2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'],
      ['DJPMV9', '2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z'],
    ] as const) {
      const event = events.find(({ url }) => String(url).includes(code));
      expect(event).toMatchObject({ start: Date.parse(start) / 1000, end: Date.parse(end) / 1000 });
    }
  });

  test('has the properties of the calendar first, then its sessions, and is never without a component', async () => {
    mirror = await mirrorOf({ step: '1-v1.0' });
    const before = await exported();
    await mirror.sync();
    const after = await exported();
    for (const [text, component] of [
      [before, 'vtimezone'],
      [after, 'vevent'],
    ] as const) {
      const lines = text.split('\r\n');
      const first = lines.indexOf(`BEGIN:${component.toUpperCase()}`);
      const lastProperty = lines.findLastIndex((line) => line.startsWith('X-WR-TIMEZONE:'));
      expect([lastProperty > 0, lastProperty]).toEqual([true, first - 1]);
      expect(lines.slice(lines.lastIndexOf(`END:${component.toUpperCase()}`) + 1)).toEqual([
        'END:VCALENDAR',
        '',
      ]);
      const calendar = new ICAL.Component(ICAL.parse(text));
      expect(calendar.getAllSubcomponents(component).length).toBeGreaterThan(0);
    }
    expect(eventsIn(before)).toEqual([]);
    expect(after).toContain('\r\nX-WR-TIMEZONE:Europe/Prague\r\n');
  });

  test('keeps to lines of 75 octets that end in CRLF, without cutting a character', async () => {
    mirror = await mirrorOf({});
    await mirror.sync();
    const body = await exported();
    expect(body.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    for (const line of body.split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75);
    expect(body).not.toContain('\ufffd');
  });
});

function statusAndStamp(text: string) {
  return new Map(
    eventsIn(text).map((event) => [
      event.uid,
      {
        status: event.component.getFirstPropertyValue('status'),
        stamp: String(event.component.getFirstPropertyValue('dtstamp')),
      },
    ]),
  );
}
