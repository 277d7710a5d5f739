import { expect, test } from 'vitest';
import { instantMs } from '../../src/programme/instant.ts';

test('a time with an offset is read as the point in time that it is', () => {
  expect(instantMs('2026-07-15T09:30:00+02:00')).toBe(Date.UTC(2026, 6, 15, 7, 30));
  expect(instantMs('2026-07-15T07:30Z')).toBe(Date.UTC(2026, 6, 15, 7, 30));
  expect(instantMs('2026-11-23T03:47:18.686883+01:00')).toBe(Date.UTC(2026, 10, 23, 2, 47, 18, 686));
  expect(instantMs('2028-02-29T00:00:00+00:00')).toBe(Date.UTC(2028, 1, 29));
});

test('what is no point in time, or none that PostgreSQL can hold, is not usable', () => {
  for (const text of [
    '',
    'soon',
    '2026-07-15',
    '2026-07-15T09:30:00',
    '15.07.2026 09:30',
    '2026-02-29T09:30:00+01:00',
    '2026-04-31T09:30:00Z',
    '2026-13-01T09:30:00Z',
    '2026-07-15T25:00:00Z',
    '2026-07-15T09:30:00+99:00',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+02:00',
  ]) {
    expect(instantMs(text), text).toBeNull();
  }
});
