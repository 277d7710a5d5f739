/** The programme as a table: one line per visible session; dates in the conference's timezone. */
import { stringify } from 'csv-stringify/sync';
import { localClock } from './clock.ts';
import type { Programme } from './model.ts';

const columns = [
  'code',
  'title',
  'speakers',
  'type',
  'track',
  'tags',
  'room',
  'start',
  'end',
  'duration',
  'state',
  'language',
];

/**
 * RFC 4180 with a header. Several speakers or tags share a cell, with `, ` between them; `duration` is in minutes.
 * A text that a spreadsheet would take for a formula gets an apostrophe in front.
 */
export function csv(programme: Programme): string {
  const clock = localClock(programme.conference.timezone);
  const roomNames = new Map(programme.rooms.map((room) => [room.id, room.name]));
  const lines = programme.sessions.map((session) => [
    session.code,
    session.title,
    session.speakers.map((speaker) => speaker.name).join(', '),
    session.type,
    session.track,
    session.tags.join(', '),
    roomNames.get(session.roomId),
    clock(session.startMs).iso,
    clock(session.endMs).iso,
    (session.endMs - session.startMs) / 60_000,
    session.state,
    session.language,
  ]);
  return stringify(lines, { header: true, columns, escape_formulas: true, record_delimiter: 'windows' });
}
