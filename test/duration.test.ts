import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDurationMs } from '../src/duration.ts';
import { UsageError } from '../src/errors.ts';

describe('durations', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['2w', 1_209_600_000],
    ['2y', 63_072_000_000],
    [' 15M ', 900_000],
  ])('%j is %d ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });

  it.each(['', '15', 'm', '-5s', '1.5h', '1h30m', '5 s', '1 fortnight', '99999999999s'])(
    '%j is refused',
    (text) => {
      expect(() => parseDurationMs(text)).toThrow(UsageError);
    },
  );

  it.each([
    [0, '0ms'],
    [340.4, '340ms'],
    [1_234, '1.2s'],
    [60_000, '1m'],
    [900_000, '15m'],
    [7_505_000, '2h 5m'],
    [90_000_000, '1d 1h'],
  ])('%d ms reads %j', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('of whole minutes and hours read back as they were written', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 23 }), fc.constantFrom('m', 'h', 's'), (count, unit) => {
        expect(formatDuration(parseDurationMs(`${count}${unit}`))).toBe(`${count}${unit}`);
      }),
    );
  });
});
