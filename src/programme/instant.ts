/** Reads pretalx' times. */

const ISO_8601 = /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;
/** PostgreSQL has no year 0, and ISO 8601 has four digits for a year. */
const EARLIEST_MS = Date.parse('0001-01-01T00:00:00Z');
const LATEST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * A point in time as pretalx writes it: ISO 8601 with an offset, `2026-07-15T09:30:00+02:00`.
 *
 * @returns epoch milliseconds, or null when it isn't one: no offset, no such day, a time that PostgreSQL can't hold
 */
export function instantMs(text: string): number | null {
  const parts = ISO_8601.exec(text);
  if (!parts) return null;
  const ms = Date.parse(text);
  if (!(ms >= EARLIEST_MS && ms <= LATEST_MS)) return null;
  const day = Number(parts[3]);
  return day <= 28 || day <= daysInMonth(Number(parts[1]), Number(parts[2])) ? ms : null;
}

/** JavaScript silently reads 30 February as 2 March. */
function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
