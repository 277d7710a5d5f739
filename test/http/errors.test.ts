import { expect, test } from 'vitest';
import { DatabaseUnavailableError } from '../../src/errors.ts';
import { answerOf } from '../../src/http/errors.ts';

test('where the database is and whatever is not expected is told to nobody outside', () => {
  for (const error of [
    new DatabaseUnavailableError('db.internal:5432 is away.'),
    new Error('at db.internal'),
  ])
    expect(answerOf(error).message).not.toContain('db.internal');
});
