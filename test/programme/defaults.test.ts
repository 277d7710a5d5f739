import { describe, expect, test } from 'vitest';
import { defaultTimes, usableTimezone } from '../../src/programme/defaults.ts';

const times = (date: string | null, start: string | null, end: string | null, timezone = 'Europe/Prague') => {
  const { startAt, endAt } = defaultTimes(
    { defaultDate: date, defaultStartTime: start, defaultEndTime: end },
    timezone,
  );
  return [startAt?.toISOString() ?? null, endAt?.toISOString() ?? null];
};

describe('times of defaults', () => {
  test("are wall times of the conference's timezone", () => {
    expect(times('2026-07-15', '09:00:00', '17:30:00')).toEqual([
      '2026-07-15T07:00:00.000Z',
      '2026-07-15T15:30:00.000Z',
    ]);
    expect(times('2026-01-15', '09:00', '17:30', 'America/New_York')).toEqual([
      '2026-01-15T14:00:00.000Z',
      '2026-01-15T22:30:00.000Z',
    ]);
  });

  test('that a DST change skips move forward by the gap', () => {
    expect(times('2026-03-29', '02:30', '04:00')).toEqual([
      '2026-03-29T01:30:00.000Z',
      '2026-03-29T02:00:00.000Z',
    ]);
    expect(times('2026-03-29', '01:00', '02:30')).toEqual([
      '2026-03-29T00:00:00.000Z',
      '2026-03-29T01:30:00.000Z',
    ]);
  });

  test('that a DST change skips never end before they start', () => {
    expect(times('2026-03-29', '02:30', '03:00')).toEqual([
      '2026-03-29T01:30:00.000Z',
      '2026-03-29T02:00:00.000Z',
    ]);
    expect(times('2026-03-29', '02:30', '03:30')).toEqual([
      '2026-03-29T01:30:00.000Z',
      '2026-03-29T02:30:00.000Z',
    ]);
  });

  test('that a DST change doubles are the first of the two', () => {
    expect(times('2026-10-25', '02:30', '04:00')).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T03:00:00.000Z',
    ]);
  });

  test('pass midnight when the end is not after the start', () => {
    expect(times('2026-07-15', '22:00', '22:00')).toEqual([
      '2026-07-15T20:00:00.000Z',
      '2026-07-16T20:00:00.000Z',
    ]);
    expect(times('2026-07-15', '22:00', '01:00')).toEqual([
      '2026-07-15T20:00:00.000Z',
      '2026-07-15T23:00:00.000Z',
    ]);
  });

  test('stay open without a date, and each without its own time', () => {
    expect(times(null, '09:00', '17:30')).toEqual([null, null]);
    expect(times('2026-07-15', '09:00', null)).toEqual(['2026-07-15T07:00:00.000Z', null]);
    expect(times('2026-07-15', null, '17:30')).toEqual([null, '2026-07-15T15:30:00.000Z']);
    expect(times('2026-07-15', null, null)).toEqual([null, null]);
  });

  test('are in UTC, with a warning that names it, when the timezone is none', () => {
    expect(usableTimezone('Europe/Prague')).toEqual({ timezone: 'Europe/Prague', warning: null });
    for (const wrong of ['Europe/Nowhere', '', 'tomorrow']) {
      const { timezone, warning } = usableTimezone(wrong);
      expect(warning).toContain(`"${wrong}"`);
      expect(times('2026-07-15', '09:00', null, timezone)).toEqual(['2026-07-15T09:00:00.000Z', null]);
    }
  });
});
