import { describe, expect, test } from 'vitest';
import { isMirrored, visibleCodes } from '../../src/programme/mirrored.ts';
import { recorded } from './recordings.ts';

const mirrored = (from: string) => {
  const shown = visibleCodes(recorded(from, 'slots'));
  return recorded(from, 'submissions').filter((submission) => isMirrored(submission, shown));
};

describe('mirrored talks', () => {
  test('are the accepted and the confirmed ones', () => {
    const states = Map.groupBy(mirrored('democon/1-v1.0/v2-organiser'), ({ state }) => state);
    expect([...states.keys()].sort()).toEqual(['accepted', 'confirmed']);
    expect(states.get('accepted')).toHaveLength(6);
    expect(states.get('confirmed')).toHaveLength(77);
  });

  test('are also those that the release still shows, such as one cancelled since', () => {
    const others = mirrored('democon/2-wip/v2-organiser').filter(({ state }) => state === 'canceled');
    expect(others.map(({ code }) => code)).toEqual(['MEEKAR']);
    expect(mirrored('democon/3-v1.1/v2-organiser').map(({ code }) => code)).not.toContain('MEEKAR');
  });

  test('are not those whose slot the release only has hidden', () => {
    const slot = { id: 1, room: 1, start: null, end: null, submission: 'ABC' };
    expect(
      isMirrored({ code: 'ABC', state: 'submitted' }, visibleCodes([{ ...slot, is_visible: false }])),
    ).toBe(false);
    expect(isMirrored({ code: 'ABC', state: 'canceled' }, visibleCodes([slot]))).toBe(true);
  });
});
