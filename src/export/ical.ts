/**
 * The programme as iCalendar (RFC 5545). Two exports of the same state are the same text: DTSTAMP is the last change,
 * not the time of the export. Written here, because generators stamp a calendar with a timezone in local time, and
 * fold lines too slowly for a large event.
 */
import { usableTimezone } from '../programme/defaults.ts';
import { type Addresses, addressesOf } from './addresses.ts';
import { localClock } from './clock.ts';
import { line, textLine, utc } from './ical-text.ts';
import type { Programme, Room, Session } from './model.ts';
import { vtimezone } from './vtimezone.ts';

/** One VEVENT per visible session. */
export function ical(programme: Programme, fallbackUrl: string): string {
  const { conference, sessions } = programme;
  const addresses = addressesOf(programme, fallbackUrl);
  const zone = usableTimezone(conference.timezone).timezone;
  const clock = localClock(zone);
  const roomById = new Map(programme.rooms.map((room) => [room.id, room]));
  const time = (name: string, ms: number) =>
    zone === 'UTC' ? line(`${name}:${utc(ms)}`) : line(`${name};TZID=${zone}:${clock(ms).compact}`);
  const blocks = sessions.flatMap((session) => {
    const room = roomById.get(session.roomId);
    return room ? [event(session, room, addresses, time)] : [];
  });
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { startMs, endMs } of sessions) {
    first = Math.min(first, startMs);
    last = Math.max(last, endMs);
  }
  return [
    line('BEGIN:VCALENDAR'),
    line('VERSION:2.0'),
    textLine('PRODID', `-//greenroom//${addresses.host}//${addresses.event}`),
    line('CALSCALE:GREGORIAN'),
    textLine('X-WR-CALNAME', conference.name),
    textLine('X-WR-TIMEZONE', zone),
    zone === 'UTC' || sessions.length === 0 ? '' : vtimezone(zone, first, last),
    ...blocks,
    line('END:VCALENDAR'),
  ].join('');
}

function event(
  session: Session,
  room: Room,
  addresses: Addresses,
  time: (name: string, ms: number) => string,
): string {
  const names = session.speakers.map((speaker) => speaker.name).join(', ');
  const changed = utc(
    Math.max(session.changedMs, room.changedMs, ...session.speakers.map((s) => s.changedMs)),
  );
  return [
    line('BEGIN:VEVENT'),
    textLine('UID', `pretalx-${addresses.event}-${session.slotKey.replace('#', '-')}@${addresses.host}`),
    line(`DTSTAMP:${changed}`),
    line(`LAST-MODIFIED:${changed}`),
    time('DTSTART', session.startMs),
    time('DTEND', Math.max(session.startMs, session.endMs)),
    textLine('SUMMARY', names ? `${session.title} - ${names}` : session.title),
    session.abstract ? textLine('DESCRIPTION', session.abstract) : '',
    textLine('LOCATION', room.name),
    line(`URL:${addresses.talk(session.code)}`),
    line(`STATUS:${session.isCancelled ? 'CANCELLED' : 'CONFIRMED'}`),
    line('END:VEVENT'),
  ].join('');
}
