import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pairNearest } from '../../src/programme/nearest.ts';

const times = fc
  .array(fc.integer({ min: 0, max: 60 }), { maxLength: 12 })
  .map((list) => list.sort((a, b) => a - b));

/** The plain way: again and again the closest pair of all that are left. */
function closestFirst(left: readonly number[], right: readonly number[], max: number): number[] {
  const distances: number[] = [];
  const [l, r] = [[...left], [...right]];
  for (;;) {
    let best: { distance: number; i: number; j: number } | undefined;
    for (const [i, a] of l.entries()) {
      for (const [j, b] of r.entries()) {
        const distance = Math.abs(a - b);
        if (distance <= max && (!best || distance < best.distance)) best = { distance, i, j };
      }
    }
    if (!best) return distances;
    distances.push(best.distance);
    l.splice(best.i, 1);
    r.splice(best.j, 1);
  }
}

describe('pairs of two lists of times', () => {
  test('are the closest ones first, each time used once, none further apart than allowed', () => {
    fc.assert(
      fc.property(times, times, fc.integer({ min: 0, max: 60 }), (left, right, max) => {
        const pairs = pairNearest(left, right, max);
        expect(new Set(pairs.map(([l]) => l)).size).toBe(pairs.length);
        expect(new Set(pairs.map(([, r]) => r)).size).toBe(pairs.length);
        const distances = pairs.map(([l, r]) => Math.abs((left[l] as number) - (right[r] as number)));
        for (const distance of distances) expect(distance).toBeLessThanOrEqual(max);
        expect(distances).toEqual([...distances].sort((a, b) => a - b));
        expect(distances[0]).toBe(closestFirst(left, right, max)[0]);
      }),
    );
  });

  test('leave nothing over on the shorter side when any distance is allowed', () => {
    fc.assert(
      fc.property(times, times, (left, right) => {
        expect(pairNearest(left, right)).toHaveLength(Math.min(left.length, right.length));
      }),
    );
  });

  test('at one and the same time are made in order', () => {
    const pairs = pairNearest([1, 5, 5, 5], [5, 5, 5, 9]);
    expect(pairs.slice(0, 3)).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ]);
  });
});
