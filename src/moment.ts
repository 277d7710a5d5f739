/** Times as people and programs write them: ISO 8601, and as PostgreSQL prints them. */
import { z } from 'zod';

const shape = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?(?:Z|([+-]\d\d)(?::?(\d\d))?)$/i;
const strict = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

/** What a time that can't be read is answered with. */
export const momentExpected =
  'a time with its zone, such as 2026-07-15T09:30:00Z or 2026-07-15T11:30+02:00, or a date such as 2026-07-15 (midnight UTC)';

/**
 * Reads a date, or a date and time with its zone; `2026-07-15 11:30+02` is one too. A time without a zone could be one
 * of many, so it is none. What is finer than a millisecond is cut off.
 *
 * @returns undefined when the text is no such time, or of no year from 1 to 9999
 */
export function parseMoment(text: string): Date | undefined {
  const [, day, minutes, seconds = ':00', hours, ofHour = '00'] = shape.exec(text) ?? [];
  const read = strict.safeParse(
    day === undefined
      ? text
      : `${day}T${minutes}${seconds}${hours === undefined ? 'Z' : `${hours}:${ofHour}`}`,
  );
  if (!read.success) return undefined;
  const at = new Date(read.data);
  const year = at.getUTCFullYear();
  return year >= 1 && year <= 9999 ? at : undefined;
}

/**
 * PostgreSQL keeps microseconds, and what people are told and write are milliseconds: as of a time is as of the end of
 * its millisecond, so that the time of a change is one at which it has happened.
 *
 * @returns a literal for PostgreSQL
 */
export function endOfMillisecond(at: Date): string {
  return at.toISOString().replace('Z', '999Z');
}
