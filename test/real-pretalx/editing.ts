/** What organisers do to the programme of a running pretalx, and what it has released, through its API. */
import { sql } from 'drizzle-orm';
import { exportProgramme } from '../../src/export/programme.ts';
import { comparable, type Json } from '../export/recorded-exports.ts';
import type { MirrorOfAny } from '../support/mirror.ts';
import type { RunningPretalx } from './pretalx.ts';

interface Place {
  room: number;
  /** ISO 8601 with an offset. */
  start: string;
}

/** The slots of the work in progress of a session, or without a code its breaks, in order of time. */
export async function plannedSlots(pretalx: RunningPretalx, code: string | null): Promise<Json[]> {
  const { id } = (await pretalx.api('GET', 'schedules/wip/')) as Json;
  const { results } = (await pretalx.api('GET', `slots/?schedule=${id}&page_size=250`)) as Json;
  return results.filter((slot: Json) => slot.submission === code);
}

/**
 * Moves a slot of a session, in the work in progress. pretalx' API leaves a slot's end where it was, and sets it right
 * when the session's duration changes.
 */
export async function move(pretalx: RunningPretalx, code: string, to: Place, at = 0): Promise<void> {
  const slot = (await plannedSlots(pretalx, code))[at];
  await pretalx.api('PATCH', `slots/${slot.id}/`, to);
  const { duration } = (await pretalx.api('GET', `submissions/${code}/`)) as Json;
  await pretalx.api('PATCH', `submissions/${code}/`, { duration: duration + 5 });
  await pretalx.api('PATCH', `submissions/${code}/`, { duration });
}

/** Each slot of pretalx' latest release that has a time, as one line; the same of a mirror: `mirroredSlots`. */
export async function releasedSlots(pretalx: RunningPretalx): Promise<string[]> {
  const { id } = (await pretalx.api('GET', 'schedules/latest/')) as Json;
  const { results } = (await pretalx.api('GET', `slots/?schedule=${id}&page_size=250`)) as Json;
  return results
    .filter((slot: Json) => slot.start !== null)
    .map((slot: Json) => line([slot.submission, slot.room, slot.start, slot.end, slot.is_visible]))
    .sort();
}

export async function mirroredSlots(mirror: MirrorOfAny): Promise<string[]> {
  const rows = await mirror.db.execute<Json>(sql`
    select submission_code, r.pretalx_id as room, start_at, end_at, is_visible
      from greenroom.schedule_slots s left join greenroom.rooms r on r.id = s.room_id`);
  return Array.from(rows, (row) =>
    line([row.submission_code, Number(row.room), row.start_at, row.end_at, row.is_visible]),
  ).sort();
}

function line([code, room, start, end, isVisible]: Json[]): string {
  return [code, room, new Date(start).toISOString(), new Date(end).toISOString(), isVisible].join(' ');
}

/** pretalx' own schedule.json and the mirror's, without what docs/export.md says that a mirror has otherwise. */
export async function bothExports(
  pretalx: RunningPretalx,
  mirror: MirrorOfAny,
): Promise<{ ours: Json; theirs: Json }> {
  const { body } = await exportProgramme(mirror.db, await mirror.conference(), {
    format: 'schedule.json',
    baseUrl: pretalx.url,
  });
  const theirs = JSON.stringify(await pretalx.scheduleJson()).replaceAll('\\r\\n', '\\n');
  return { ours: comparable(JSON.parse(body), ['end']), theirs: comparable(JSON.parse(theirs), ['end']) };
}
