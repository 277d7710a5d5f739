/** Wall times of defaults per submission type as points in time. */
import { Temporal } from 'temporal-polyfill';
import type { submissionTypeDefaults } from '../db/schema/decisions.ts';

export type DefaultTimes = Pick<
  typeof submissionTypeDefaults.$inferSelect,
  'defaultDate' | 'defaultStartTime' | 'defaultEndTime'
>;

/** @returns the timezone when it is one that IANA knows, else UTC and a warning */
export function usableTimezone(timezone: string): { timezone: string; warning: string | null } {
  try {
    Temporal.Now.zonedDateTimeISO(timezone);
    return { timezone, warning: null };
  } catch {
    const warning = `The timezone "${timezone}" is unknown, so defaults were applied in UTC. Set a valid one for the conference.`;
    return { timezone: 'UTC', warning };
  }
}

/**
 * A wall time that a DST change skips moves forward by the gap, of a doubled one the first counts. An end that isn't
 * after its start is on the next day. Without a date, or without its own time, a start or an end stays open.
 *
 * @param timezone a usable one
 */
export function defaultTimes(
  { defaultDate, defaultStartTime, defaultEndTime }: DefaultTimes,
  timezone: string,
): { startAt: Date | null; endAt: Date | null } {
  if (defaultDate === null) return { startAt: null, endAt: null };
  const day = Temporal.PlainDate.from(defaultDate);
  const start = defaultStartTime === null ? null : day.toPlainDateTime(defaultStartTime);
  const startAt = start && instant(start, timezone);
  if (defaultEndTime === null) return { startAt, endAt: null };
  const sameDay = day.toPlainDateTime(defaultEndTime);
  const isNextDay = start !== null && Temporal.PlainDateTime.compare(sameDay, start) <= 0;
  const end = isNextDay ? sameDay.add({ days: 1 }) : sameDay;
  const endAt = instant(end, timezone);
  // A start that was moved out of a DST gap takes along an end that it would otherwise pass.
  if (start && startAt && endAt <= startAt) {
    return { startAt, endAt: new Date(startAt.getTime() + start.until(end).total('milliseconds')) };
  }
  return { startAt, endAt };
}

/** "compatible" is forward over a gap, and the first of two. */
function instant(wall: Temporal.PlainDateTime, timezone: string): Date {
  return new Date(wall.toZonedDateTime(timezone, { disambiguation: 'compatible' }).epochMilliseconds);
}
