import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conferences, rooms, scheduleSlots, syncRuns } from '../../src/db/schema/index.ts';
import { html } from '../../src/http/pages/html.ts';
import { gridDays } from '../../src/http/pages/schedule-grid.ts';
import type { TimetableSlot } from '../../src/http/pages/schedule-query.ts';
import { Clock, dateRange } from '../../src/http/pages/times.ts';
import { requestRun } from '../../src/runs/runs.ts';
import { startTestWeb, type TestWeb } from './web.ts';

describe('html', () => {
  it('takes what is put in as text', () => {
    expect(html`<p title="${'"><script>'}">${"<b>'&'</b>"}</p>`.text).toBe(
      '<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&#39;&amp;&#39;&lt;/b&gt;</p>',
    );
  });

  it('puts HTML into HTML as it is, joins lists, and shows nothing for nothing', () => {
    expect(html`${[html`<i>${1}</i>`, 0, '<']}${null}${undefined}${false}`.text).toBe('<i>1</i>0&lt;');
  });
});

describe('the grid of a day', () => {
  const at = (time: string, date = '2026-07-15') => Date.parse(`${date}T${time}:00+02:00`);
  const slot = (
    title: string,
    roomId: number | null,
    start: string,
    end: string,
    type = 'talk',
  ): TimetableSlot => ({
    key: title,
    title,
    type: type as TimetableSlot['type'],
    startMs: at(start),
    endMs: at(end),
    roomId,
    isCancelled: false,
    speakers: [],
    track: null,
    trackColor: null,
    language: null,
  });
  const halls = [
    { id: 1, name: 'Club' },
    { id: 2, name: 'Club' },
    { id: 3, name: 'Hall' },
  ];
  const clock = new Clock('Europe/Prague');
  const sketch = (slots: TimetableSlot[]) =>
    gridDays(halls, slots, clock).map((day) => ({
      date: day.date,
      rooms: day.rooms.map(({ name, columns }) => `${name} ${columns}`),
      rows: day.rows.map(
        ({ startMs, places }) =>
          `${clock.time(startMs)} ${places.map((place) => (place ? `${place.slot.title}${place.rowSpan}${place.colSpan}` : place === null ? '.' : '|')).join(' ')}`,
      ),
    }));

  it('has a column a room, two where two talks are at once, and none for rooms without anything', () => {
    expect(
      sketch([
        slot('A', 1, '09:00', '10:00'),
        slot('B', 3, '09:00', '11:00'),
        slot('C', 3, '10:00', '11:00'),
      ]),
    ).toEqual([
      { date: '2026-07-15', rooms: ['Club 1', 'Hall 2'], rows: ['09:00 A11 B21 .', '10:00 . | C11'] },
    ]);
  });

  it('keeps two rooms of the same name apart, and what has no room in a column of its own', () => {
    const [day] = sketch([
      slot('A', 1, '09:00', '10:00'),
      slot('B', 2, '09:00', '10:00'),
      slot('C', null, '09:00', '10:00'),
    ]);
    expect(day?.rooms).toEqual(['Club 1', 'Club 1', 'No room 1']);
  });

  it('shows a break that is the same in neighbouring rooms once', () => {
    const breaks = [1, 2, 3].map((room) => slot('L', room, '12:00', '13:00', 'break'));
    expect(sketch(breaks)[0]?.rows).toEqual(['12:00 L13 | |']);
  });

  it('puts what begins before three in the night on the evening before, as schedule.json does, except on the first day', () => {
    const night = {
      ...slot('N', 1, '22:00', '23:00'),
      startMs: at('01:00', '2026-07-16'),
      endMs: at('02:00', '2026-07-16'),
    };
    expect(sketch([slot('E', 1, '20:00', '22:00'), night])).toMatchObject([{ date: '2026-07-15' }]);
    const first = new Clock('Europe/Prague', '2026-07-16');
    expect(gridDays(halls, [night], first)).toMatchObject([{ date: '2026-07-16' }]);
  });

  it('survives a slot without length and one that passes midnight', () => {
    expect(sketch([slot('Z', 1, '09:00', '09:00')])[0]?.rows).toEqual(['09:00 Z11']);
    const both = [slot('Z', 1, '09:00', '09:00'), slot('A', 1, '09:00', '10:00')];
    expect(sketch(both)[0]?.rows).toEqual(['09:00 Z11 A11']);
    const long = { ...slot('M', 1, '22:00', '23:00'), endMs: at('04:00', '2026-07-16') };
    expect(sketch([long])[0]?.rows).toEqual(['22:00 M11']);
  });
});

describe('times', () => {
  it('of a timezone that is not known are UTC', () => {
    expect(new Clock('Nowhere/Else').time(0)).toBe('00:00');
  });
  it('of a conference are a range', () => {
    expect(dateRange('2026-07-15', '2026-07-19')).toMatch(/15.+19 July 2026/);
    expect(dateRange('2026-07-15', null)).toBe('15 July 2026');
    expect(dateRange(null, null)).toBeUndefined();
  });
});

describe('pages', () => {
  let web: TestWeb;
  beforeAll(async () => {
    web = await startTestWeb();
  });
  afterAll(() => web.close());
  const text = async (path: string) => (await web.ask(path)).text();

  it('say how to begin when there is nothing yet', async () => {
    expect(await text('/')).toContain('greenroom conference add');
  });

  it('show names from upstream as text, whatever is in them', async () => {
    const evil = '<script>alert(1)</script>"\'&';
    const [row] = await web.database.orm
      .insert(conferences)
      .values({ slug: 'evil', name: evil, locale: '"><b>' })
      .returning();
    const own = { conferenceId: row?.id ?? 0, contentHash: '' };
    const [room] = await web.database.orm
      .insert(rooms)
      .values({ ...own, pretalxId: 1, name: evil, nameI18n: {} })
      .returning();
    await web.database.orm.insert(scheduleSlots).values({
      ...own,
      slotKey: 'a',
      title: evil,
      roomId: room?.id ?? null,
      startAt: new Date('2026-07-15T10:00:00Z'),
      endAt: new Date('2026-07-15T11:00:00Z'),
      slotType: 'other',
      isVisible: true,
    });
    for (const path of ['/', '/c/evil']) {
      const page = await text(path);
      expect(page).toContain('&lt;script&gt;alert(1)');
      expect(page).not.toMatch(/<script>|<b>/);
    }
  });

  it('call a break that has no name upstream a break', async () => {
    const [row] = await web.database.orm
      .insert(conferences)
      .values({ slug: 'unnamed', name: 'Unnamed' })
      .returning();
    await web.database.orm.insert(scheduleSlots).values({
      conferenceId: row?.id ?? 0,
      contentHash: '',
      slotKey: 'a',
      title: '',
      startAt: new Date('2026-07-15T10:00:00Z'),
      endAt: new Date('2026-07-15T11:00:00Z'),
      slotType: 'break',
      isVisible: true,
    });
    expect(await text('/c/unnamed')).toContain('<p class="title">Break</p>');
    await web.database.orm.delete(conferences).where(eq(conferences.slug, 'unnamed'));
  });

  it('say when a conference is paused, when it was never synced, and when it has no schedule', async () => {
    const [row] = await web.database.orm
      .insert(conferences)
      .values({ slug: 'paused', name: 'Paused', pausedAt: new Date() })
      .returning();
    const page = await text('/c/paused');
    expect(page).toContain('greenroom conference resume paused');
    expect(page).toContain('This conference has not been synced yet.');
    expect(page).not.toContain('No schedule has been released yet.');
    const { id } = await requestRun(web.database.orm, { conferenceId: row?.id ?? 0, trigger: 'cli' });
    await web.database.orm.update(syncRuns).set({ state: 'succeeded' }).where(eq(syncRuns.id, id));
    expect(await text('/c/paused')).toContain('No schedule has been released yet.');
    await web.database.orm.delete(conferences).where(eq(conferences.slug, 'paused'));
  });

  it('of a held and of a failed run say that what its earlier steps wrote stays', async () => {
    const [row] = await web.database.orm
      .insert(conferences)
      .values({ slug: 'stopped', name: 'Stopped' })
      .returning();
    const { id } = await requestRun(web.database.orm, { conferenceId: row?.id ?? 0, trigger: 'cli' });
    const set = (state: 'held' | 'failed') =>
      web.database.orm.update(syncRuns).set({ state }).where(eq(syncRuns.id, id));
    await set('held');
    expect(await text('/c/stopped')).toContain('What its earlier steps added or changed stays.');
    await set('failed');
    expect(await text('/c/stopped')).toContain('Steps that it finished are in what is shown here');
    await web.database.orm.delete(conferences).where(eq(conferences.slug, 'stopped'));
  });

  it('have assets that browsers may keep', async () => {
    const [, path = ''] = /href="(\/assets\/greenroom\.css[^"]*)"/.exec(await text('/')) ?? [];
    const answer = await web.ask(path);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
    expect(answer.headers.get('cache-control')).toContain('immutable');
  });
});
