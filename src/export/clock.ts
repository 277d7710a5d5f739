/** Instants on the clock of a timezone. */
import { Temporal } from 'temporal-polyfill';
import { usableTimezone } from '../programme/defaults.ts';

/** What starts before this hour belongs to the day before. */
const nightEndsAtHour = 3;

export interface LocalTime {
  /** `2026-07-15`. */
  date: string;
  /** `09:30`. */
  time: string;
  hour: number;
  /** `2026-07-15T09:30:00+02:00`. */
  iso: string;
}

/** @returns a function from epoch milliseconds; it remembers, because a programme's sessions share their times */
export function localClock(timezone: string): (ms: number) => LocalTime {
  const zone = usableTimezone(timezone).timezone;
  const known = new Map<number, LocalTime>();
  return (ms) => {
    const before = known.get(ms);
    if (before) return before;
    const zoned = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
    const iso = zoned.toString({ timeZoneName: 'never', smallestUnit: 'second' });
    const local = {
      date: iso.slice(0, 10),
      time: iso.slice(11, 16),
      hour: zoned.hour,
      iso,
    };
    known.set(ms, local);
    return local;
  };
}

/**
 * The ISO date of the conference's day on which something starts: what starts in the night belongs to the evening before.
 *
 * @param first the conference's first day, which has no evening before
 */
export function conferenceDay({ date, hour }: LocalTime, first?: string | null): string {
  if (hour >= nightEndsAtHour || date === first) return date;
  return Temporal.PlainDate.from(date).subtract({ days: 1 }).toString();
}

/** `HH:MM`, and more than 24 hours where it takes longer; never negative. */
export function hoursAndMinutes(durationMs: number): string {
  const minutes = Math.max(0, Math.round(durationMs / 60_000));
  const two = (part: number) => String(part).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
