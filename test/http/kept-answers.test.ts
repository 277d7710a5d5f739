import { expect, test } from 'vitest';
import { tagged } from '../../src/http/api/etag.ts';
import { keptAnswers } from '../../src/http/api/kept-answers.ts';

test('answers that say that nothing changed take memory too, and are kept in no greater number than there is room for', async () => {
  const keptBytes = 100_000;
  const kept = keptAnswers(keptBytes);
  for (let since = 0; since < 1_000; since += 1)
    await kept.forceFetch(`changes since ${since}`, {
      context: async () => tagged('[]', 'application/json'),
    });
  expect(kept.size).toBeGreaterThan(100);
  expect(kept.size * 500).toBeLessThan(keptBytes);
});
