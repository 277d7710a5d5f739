/** A timezone as iCalendar wants it: every change of its offset in the time that a programme covers. */
import { Temporal } from 'temporal-polyfill';
import { line } from './ical-text.ts';

/** A year around, so that a client that moves an event a little still knows the offset. */
const MARGIN_HOURS = 366 * 24;
const MOST_CHANGES = 400;

interface Observance {
  from: Temporal.ZonedDateTime;
  before: Temporal.ZonedDateTime;
}

/** @returns the VTIMEZONE block, with line ends */
export function vtimezone(timezone: string, firstMs: number, lastMs: number): string {
  const at = (ms: number) => Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timezone);
  const end = at(lastMs).add({ hours: MARGIN_HOURS });
  const start = at(firstMs).subtract({ hours: MARGIN_HOURS });
  const observances: Observance[] = [{ from: start, before: start }];
  for (let next = start.getTimeZoneTransition('next'); next; next = next.getTimeZoneTransition('next')) {
    if (Temporal.ZonedDateTime.compare(next, end) > 0 || observances.length === MOST_CHANGES) break;
    observances.push({ from: next, before: next.subtract({ nanoseconds: 1 }) });
  }
  const standard = Math.min(...observances.map(({ from }) => from.offsetNanoseconds));
  const blocks = observances.map((observance) => block(observance, standard));
  return line('BEGIN:VTIMEZONE') + line(`TZID:${timezone}`) + blocks.join('') + line('END:VTIMEZONE');
}

/** DTSTART is on the clock that held before. */
function block({ from, before }: Observance, standardNanoseconds: number): string {
  const kind = from.offsetNanoseconds > standardNanoseconds ? 'DAYLIGHT' : 'STANDARD';
  const onset = from
    .toInstant()
    .toZonedDateTimeISO(before.offset)
    .toString({ timeZoneName: 'never', offset: 'never', smallestUnit: 'second' });
  return [
    `BEGIN:${kind}`,
    `DTSTART:${onset.replace(/[-:]/g, '')}`,
    `TZOFFSETFROM:${before.offset.replace(':', '')}`,
    `TZOFFSETTO:${from.offset.replace(':', '')}`,
    `END:${kind}`,
  ]
    .map(line)
    .join('');
}
