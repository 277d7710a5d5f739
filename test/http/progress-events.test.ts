import { expect, test } from 'vitest';
import { progressEvents } from '../../src/http/api/progress-events.ts';

const snapshot = (attempts: number) => ({
  id: 'a run',
  state: 'running' as const,
  attempts,
  retryAt: null,
  progress: { rooms: { phase: 'done', count: 7 }, speakers: { phase: 'writing', current: 5, total: 9 } },
});
const idsSince = (lastId: string, attempts = 2) =>
  progressEvents(snapshot(attempts), lastId).map(({ id }) => id);

test('who comes back gets what came after the last event that they saw', () => {
  expect(idsSince('2.0.2.0')).toEqual(['2.1.1.5']);
  expect(idsSince('2.1.1.5')).toEqual([]);
  expect(idsSince('2.1.1.4')).toEqual(['2.1.1.5']);
});

test('who saw another attempt gets all of this one, also where an approval began to count anew', () => {
  expect(idsSince('1.3.2.0')).toEqual(['2.0.2.0', '2.1.1.5']);
  expect(idsSince('3.3.2.0', 1)).toEqual(['1.0.2.0', '1.1.1.5']);
});
