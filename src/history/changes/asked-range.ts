import { UsageError } from '../../errors.ts';
import type { ChangesOptions } from './change.ts';

/** A range of time as it was given. @throws UsageError when it says two things at once, or nothing can be in it */
export function askedRange<R extends Pick<ChangesOptions, 'since' | 'from' | 'to'>>(range: R): R {
  const { since, from, to } = range;
  if (since && (from || to)) throw new UsageError('Use either since, or from and to.');
  if (from && to && from > to) {
    throw new UsageError(`from (${from.toISOString()}) is later than to (${to.toISOString()}).`);
  }
  return range;
}
