import { describe, expect, test } from 'vitest';
import { checkedConference } from '../src/conferences/settings.ts';
import { everyPattern } from '../src/queue/schedules.ts';

const everyOf = (every: string) => checkedConference({ slug: 'alpha', every }).every;

describe('how often a conference is synced', () => {
  test.each(['30s', '15m', '2h', '1d', '52w', '1y', ' 15M '])(
    'can be %j, and is kept as the scheduler reads it',
    (every) => {
      expect(everyOf(every)).toBe(every.trim().toLowerCase());
      expect(everyOf(every)).toMatch(new RegExp(everyPattern));
    },
  );

  test.each([
    ['29s', 'shorter than 30s'],
    ['60000ms', 'milliseconds'],
    ['366d', 'longer than 1y'],
    ['999999999y', 'longer than 1y'],
    ['sometimes', 'not a duration'],
  ])('can not be %s: %s', (every, reason) => {
    expect(() => everyOf(every)).toThrow(reason);
  });
});
