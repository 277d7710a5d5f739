/** A change as a sentence, in the conference's timezone. */
import { usableTimezone } from '../../programme/defaults.ts';
import { capitalized, counted, printable } from '../../words.ts';
import type { Change, Span } from './change.ts';

const minuteMs = 60_000;

/** One sentence, without the diff of a text: “Opening” moved from Wed 15 Jul 10:00 to 10:30, 30 minutes later. */
export function describeChange(change: Change, timezone: string): string {
  const thing = thingOf(change, change.title);
  switch (change.kind) {
    case 'new':
      return `New: ${thing}`;
    case 'cancelled':
      if (change.entity !== 'talk') return `Gone: ${thing}`;
      // The public feed, which has no actor, doesn't know whether it was only taken off the timetable.
      return `${change.actor === undefined ? 'No longer in the programme' : 'Cancelled'}: ${thing}`;
    case 'back':
      return `Back again: ${thing}`;
    case 'moved':
      return `${capitalized(thing)} ${movedWords(change.from as Span | null, change.to as Span | null, timezone)}`;
    case 'room':
      return `${capitalized(thing)} ${roomWords(change.from as string | null, change.to as string | null)}`;
    case 'title':
      return change.to
        ? `${capitalized(change.from ? `${change.entity} “${change.from}”` : thingOf(change, ''))} is now called “${change.to}”`
        : `${capitalized(change.entity)} “${change.from}” has no name any more`;
    case 'speakers':
      return `${capitalized(thing)}: speakers ${names(change.from)} → ${names(change.to)}`;
    case 'text':
      return `${capitalized(thing)}: ${change.field ?? 'text'} ${change.from === null ? 'added' : change.to === null ? 'removed' : 'edited'}`;
  }
}

/** What has no name upstream and is no talk is a break. */
function thingOf({ entity, key }: Change, title: string | null): string {
  if (entity === 'slot' && title === '') return 'a break';
  if (!title) return `${entity} ${key}`;
  return entity === 'talk' ? `“${title}”` : `${entity} “${title}”`;
}

/** All changes for a terminal: those of one run or transaction below one heading. */
export function renderChanges(changes: readonly Change[], timezone: string): string {
  const lines: string[] = [];
  let group = '';
  for (const change of changes) {
    const heading = headingOf(change, timezone);
    if (heading !== group) lines.push(...(group === '' ? [] : ['']), heading);
    group = heading;
    lines.push(`  ${printable(describeChange(change, timezone))}`);
    if (change.diff !== undefined) lines.push(`    ${printable(change.diff)}`);
  }
  return lines.length === 0 ? 'Nothing changed.' : lines.join('\n');
}

function headingOf({ at, run, actor }: Change, timezone: string): string {
  const who = [actor ? `by ${actor}` : '', run ? `(run ${run})` : ''].filter(Boolean).join(' ');
  return printable(`${dayAndTime(new Date(at), timezone)} ${who}`.trim());
}

function movedWords(from: Span | null, to: Span | null, timezone: string): string {
  if (to === null) return `lost its time, ${spanWords(from, timezone)}`;
  if (from === null) return `was placed on ${spanWords(to, timezone)}`;
  const laterMs = Date.parse(to.start) - Date.parse(from.start);
  if (laterMs === 0) return `on ${spanWords(to, timezone)} ends ${lengthWords(endOf(to) - endOf(from))}`;
  const [fromDay, fromTime] = dayTime(new Date(from.start), timezone);
  const [toDay, toTime] = dayTime(new Date(to.start), timezone);
  const target = fromDay === toDay ? toTime : `${toDay} ${toTime}`;
  return `moved from ${fromDay} ${fromTime} to ${target}, ${lengthWords(laterMs)}`;
}

function roomWords(from: string | null, to: string | null): string {
  if (to === null) return `is no longer in ${from}`;
  return from === null ? `is in ${to}` : `moved from ${from} to ${to}`;
}

/** `90 minutes later`, `6 hours and 10 minutes earlier`, `2 days later`: below two hours, minutes are easier to read. */
function lengthWords(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / minuteMs);
  const parts = minutes < 120 ? [counted(minutes, 'minute')] : longWords(minutes);
  return `${new Intl.ListFormat('en-GB').format(parts)} ${ms > 0 ? 'later' : 'earlier'}`;
}

function longWords(minutes: number): string[] {
  const counts = [
    [Math.floor(minutes / 1440), 'day'],
    [Math.floor((minutes % 1440) / 60), 'hour'],
    [minutes % 60, 'minute'],
  ] as const;
  return counts.filter(([count]) => count > 0).map(([count, noun]) => counted(count, noun));
}

const endOf = (span: Span) => Date.parse(span.end ?? span.start);
const names = (value: Change['from']) =>
  Array.isArray(value) && value.length > 0 ? value.join(', ') : 'none';

function spanWords(span: Span | null, timezone: string): string {
  return span === null ? 'no time' : dayAndTime(new Date(span.start), timezone);
}

function dayAndTime(at: Date, timezone: string): string {
  return dayTime(at, timezone).join(' ');
}

function dayTime(at: Date, timezone: string): [day: string, time: string] {
  const timeZone = usableTimezone(timezone).timezone;
  const day = at.toLocaleDateString('en-GB', { timeZone, weekday: 'short', day: 'numeric', month: 'short' });
  return [
    day.replace(',', ''),
    at.toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' }),
  ];
}
