/**
 * The programme as iCalendar, by ical-generator. Times are instants in UTC; the calendar names the event's timezone.
 * Two exports of the same state are the same text: DTSTAMP is the last change, not the time of the export.
 */
import generate, { foldLines, ICalEvent, ICalEventStatus } from 'ical-generator';
import { usableTimezone } from '../programme/defaults.ts';
import { printable } from '../words.ts';
import { type Addresses, addressesOf } from './addresses.ts';
import type { Programme, Room, Session } from './model.ts';

const endOfCalendar = 'END:VCALENDAR';

/** A calendar has to have a component, also without sessions; the times of ours are in UTC. */
const timezoneUtc = [
  'BEGIN:VTIMEZONE',
  'TZID:UTC',
  'BEGIN:STANDARD',
  'DTSTART:19700101T000000',
  'TZOFFSETFROM:+0000',
  'TZOFFSETTO:+0000',
  'TZNAME:UTC',
  'END:STANDARD',
  'END:VTIMEZONE',
  '',
].join('\r\n');

/** One VEVENT per visible session; without any, the timezone UTC. */
export function ical(programme: Programme, fallbackUrl: string): string {
  const { conference, sessions } = programme;
  const addresses = addressesOf(programme, fallbackUrl);
  const roomById = new Map(programme.rooms.map((room) => [room.id, room]));
  const calendar = generate({
    prodId: { company: 'greenroom', product: addresses.event },
    // The library takes these two as they are: a line in them would be one of the calendar's own.
    name: printable(conference.name),
    x: { 'X-WR-TIMEZONE': usableTimezone(conference.timezone).timezone },
  });
  // Taken before there are events: the library writes X- properties after them, where RFC 5545 wants them before.
  const properties = calendar.toString().slice(0, -endOfCalendar.length);
  const events = sessions.flatMap((session) => {
    const room = roomById.get(session.roomId);
    // Not calendar.createEvent(), for which the calendar keeps 20 KB an event until all are written.
    return room ? [foldLines(new ICalEvent(event(session, room, addresses), calendar).toString())] : [];
  });
  return `${properties}${events.join('') || timezoneUtc}${endOfCalendar}\r\n`;
}

function event(session: Session, room: Room, addresses: Addresses) {
  const names = session.speakers.map((speaker) => speaker.name).join(', ');
  const changed = new Date(
    Math.max(session.changedMs, room.changedMs, ...session.speakers.map((speaker) => speaker.changedMs)),
  );
  return {
    id: printable(`pretalx-${addresses.event}-${session.slotKey.replace('#', '-')}@${addresses.host}`),
    stamp: changed,
    lastModified: changed,
    start: new Date(session.startMs),
    end: new Date(Math.max(session.startMs, session.endMs)),
    summary: withoutControls(names ? `${session.title} - ${names}` : session.title),
    ...(session.abstract ? { description: withoutControls(session.abstract) } : {}),
    location: withoutControls(room.name),
    url: addresses.talk(session.code),
    status: session.isCancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
  };
}

/** Texts may hold control characters, which iCalendar can't. */
function withoutControls(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[^\P{Cc}\t\n]/gu, '');
}
