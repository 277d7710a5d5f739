import { InvalidArgumentError } from 'commander';
import { z } from 'zod';

/** Arguments that several commands take, read and checked. */
const instant = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** A time with an offset, or a date (midnight UTC). @throws InvalidArgumentError */
export function timeArgument(text: string): Date {
  const read = instant.safeParse(text);
  const at = read.success ? new Date(read.data) : undefined;
  if (at === undefined || Number.isNaN(at.getTime())) {
    throw new InvalidArgumentError(
      'It takes a time such as 2026-07-15T09:30:00Z, or a date such as 2026-07-15.',
    );
  }
  return at;
}

/** A whole number from `least`. @throws InvalidArgumentError */
export const wholeNumberArgument =
  (least: number) =>
  (text: string): number => {
    if (!/^\d{1,9}$/.test(text) || Number(text) < least) {
      throw new InvalidArgumentError(`It takes a whole number from ${least}.`);
    }
    return Number(text);
  };

/** `a,b,c`; may be given several times. */
export function listArgument(text: string, before: string[] = []): string[] {
  return [...before, ...text.split(',').map((part) => part.trim())].filter((part) => part !== '');
}
