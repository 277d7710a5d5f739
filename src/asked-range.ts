import { UsageError } from './errors.ts';

interface Range {
  since?: Date | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** A range of time as it was given. @throws UsageError when it says two things at once, or nothing can be in it */
export function askedRange<R extends Range>(range: R): R {
  const { since, from, to } = range;
  if (since && (from || to)) throw new UsageError('Use either since, or from and to.');
  if (from && to && from > to) {
    throw new UsageError(`from (${from.toISOString()}) is later than to (${to.toISOString()}).`);
  }
  return range;
}
