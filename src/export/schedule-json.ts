/** schedule.json as pretalx exports it, in c3voc's format; docs/export.md names the few differences. */
import { Temporal } from 'temporal-polyfill';
import { WrongStateError } from '../errors.ts';
import { usableTimezone } from '../programme/defaults.ts';
import { version } from '../version.ts';
import { type Addresses, addressesOf } from './addresses.ts';
import { conferenceDay, hoursAndMinutes, type LocalTime, localClock } from './clock.ts';
import type { Programme, Room, Session, Speaker } from './model.ts';
import { namedSlug, sessionSlug } from './slug.ts';
import { neverSynced } from './why-empty.ts';

const DEFAULT_COLOR = '#3aa57c';
/** Ten years: an event whose dates are mistyped is not to keep a web server busy with days on which nothing is. */
const mostDays = 3_660;

/** @throws WrongStateError when no sync has brought the event's dates yet */
export function scheduleJson(programme: Programme, fallbackUrl: string): string {
  const { conference } = programme;
  const { startsOn, endsOn } = conference;
  if (!startsOn || !endsOn) throw new WrongStateError(neverSynced(conference.slug));
  const addresses = addressesOf(programme, fallbackUrl);
  const dates = datesFrom(startsOn, endsOn);
  return JSON.stringify({
    $schema: 'https://c3voc.de/schedule/schema.json',
    generator: { name: 'greenroom', version },
    schedule: {
      url: addresses.schedule,
      version: programme.version ?? '',
      base_url: addresses.base,
      conference: {
        acronym: addresses.event,
        title: conference.name,
        start: startsOn,
        end: endsOn,
        daysCount: dates.length,
        timeslot_duration: '00:05',
        time_zone_name: usableTimezone(conference.timezone).timezone,
        colors: { primary: conference.primaryColor || DEFAULT_COLOR },
        rooms: programme.rooms.map((room) => ({
          name: room.name,
          slug: namedSlug(room.pretalxId, room.name),
          guid: room.guid,
          description: lines(room.description) || null,
          capacity: room.capacity,
        })),
        tracks: programme.tracks.map((track) => ({
          name: track.name,
          slug: namedSlug(track.pretalxId, track.name),
          color: track.color,
        })),
        days: days(programme, addresses, dates),
      },
    },
  });
}

function datesFrom(first: string, last: string): string[] {
  const end = Temporal.PlainDate.from(last);
  const dates: string[] = [];
  for (
    let day = Temporal.PlainDate.from(first);
    Temporal.PlainDate.compare(day, end) <= 0 && dates.length < mostDays;
    day = day.add({ days: 1 })
  ) {
    dates.push(day.toString());
  }
  return dates;
}

/** Sessions by day and by room NAME: rooms of one name share a list. Those outside the event's days are left out. */
function days(programme: Programme, addresses: Addresses, dates: readonly string[]) {
  const clock = localClock(programme.conference.timezone);
  const zone = usableTimezone(programme.conference.timezone).timezone;
  const roomById = new Map(programme.rooms.map((room) => [room.id, room]));
  const byDate = new Map(dates.map((date) => [date, new Map<string, { room: Room; sessions: unknown[] }>()]));
  for (const session of programme.sessions) {
    const room = roomById.get(session.roomId);
    const start = clock(session.startMs);
    const day = byDate.get(conferenceDay(start, dates[0]));
    if (!room || !day) continue;
    const listed = day.get(room.name) ?? { room, sessions: [] };
    day.set(room.name, listed);
    listed.sessions.push(
      entry(session, room, addresses, programme.conference.locale, start, clock(session.endMs)),
    );
  }
  return [...byDate].map(([date, sessionsByRoom], at) => ({
    index: at + 1,
    date,
    day_start: wallTime(date, '04:00', zone),
    day_end: wallTime(Temporal.PlainDate.from(date).add({ days: 1 }).toString(), '03:59', zone),
    rooms: Object.fromEntries(
      [...sessionsByRoom]
        .sort(([, a], [, b]) => (a.room.position ?? a.room.pretalxId) - (b.room.position ?? b.room.pretalxId))
        .map(([name, { sessions }]) => [name, sessions]),
    ),
  }));
}

function wallTime(date: string, time: string, zone: string): string {
  return Temporal.PlainDateTime.from(`${date}T${time}`)
    .toZonedDateTime(zone)
    .toString({ timeZoneName: 'never', smallestUnit: 'second' });
}

function entry(
  session: Session,
  room: Room,
  addresses: Addresses,
  locale: string,
  start: LocalTime,
  end: LocalTime,
) {
  const url = addresses.talk(session.code);
  return {
    guid: addresses.guid('slot', session.slotKey),
    code: session.code,
    id: session.id,
    logo: session.imageUrl,
    date: start.iso,
    start: start.time,
    end: end.iso,
    duration: hoursAndMinutes(session.endMs - session.startMs),
    room: room.name,
    slug: sessionSlug(addresses.event, session.id, session.number, session.title),
    url,
    title: session.title,
    subtitle: '',
    track: session.track,
    type: session.type ?? '',
    language: session.language ?? locale,
    abstract: lines(session.abstract),
    description: lines(session.description),
    recording_license: '',
    do_not_record: session.doNotRecord ?? false,
    persons: session.speakers.map((speaker) => person(speaker, addresses)),
    links: [],
    feedback_url: `${url}feedback/`,
    origin_url: url,
    attachments: [],
  };
}

function person(speaker: Speaker, addresses: Addresses) {
  return {
    code: speaker.code,
    name: speaker.name,
    avatar: speaker.avatarUrl,
    biography: lines(speaker.biography),
    public_name: speaker.name,
    guid: addresses.guid('speaker', speaker.code),
    url: addresses.speaker(speaker.code),
  };
}

/** Line ends as pretalx exports them. */
function lines(text: string | null): string | null {
  return text === null ? null : text.replace(/\r\n?/g, '\n');
}
