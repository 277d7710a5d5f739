/** What a mirror holds beside what upstream shows, by rules written anew here, so that a fault in ours is seen. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../../src/db/client.ts';
import type { Item } from '../../src/demo/replay/recordings.ts';
import type { ReplayServer } from './replay-server.ts';
import { placed } from './upstream-changes.ts';

/** Both sides are equal when the mirror is right. */
export interface ComparedProgramme {
  mirrored: Record<string, unknown>;
  upstream: Record<string, unknown>;
}

/** @param conferenceId the conference that mirrors `server` */
export async function compareProgramme(
  db: Executor,
  conferenceId: number,
  server: ReplayServer,
): Promise<ComparedProgramme> {
  return { mirrored: await held(db, conferenceId), upstream: await shown(server) };
}

async function held(db: Executor, conferenceId: number): Promise<Record<string, unknown>> {
  const query = async (text: string) =>
    Array.from(await db.execute(sql.raw(text.replaceAll('$1', String(conferenceId)))));
  return {
    rooms: await query(
      'select pretalx_id as id from greenroom.rooms where conference_id = $1 and removed_at is null order by 1',
    ),
    speakers: await query(
      `select pretalx_code as code, name from greenroom.speakers
        where conference_id = $1 and removed_at is null order by pretalx_code collate "C"`,
    ),
    talks: await query(
      `select pretalx_code as code, title, state, coalesce((select json_agg(s.pretalx_code order by l.position) from greenroom.talk_speakers l
         join greenroom.speakers s on s.id = l.speaker_id where l.talk_id = t.id), '[]') as speakers
         from greenroom.talks t where conference_id = $1 and removed_at is null order by pretalx_code collate "C"`,
    ),
    slots: instants(
      await query(
        `select submission_code as submission, r.pretalx_id as room, start_at as start, end_at as end, is_visible as visible
           from greenroom.schedule_slots s left join greenroom.rooms r on r.id = s.room_id where s.conference_id = $1`,
      ),
    ),
  };
}

async function shown(server: ReplayServer): Promise<Record<string, unknown>> {
  const asked = async (path: string) => {
    const response = await fetch(`${server.url}/api/events/${server.slug}/${path}`, {
      headers: { authorization: `Token ${server.token('organiser')}`, 'pretalx-version': 'v2' },
    });
    return (await response.json()) as { id: number; next?: string | null; results: Item[] };
  };
  const all = async (path: string) => {
    const items: Item[] = [];
    for (let offset = 0; ; offset = items.length) {
      const { results, next } = await asked(`${path}limit=250&offset=${offset}`);
      items.push(...results);
      if (!next) return items;
    }
  };
  const [rooms, speakers, submissions, latest] = await Promise.all([
    all('rooms/?'),
    all('speakers/?'),
    all('submissions/?'),
    asked('schedules/latest/'),
  ]);
  const slots = await all(`slots/?schedule=${latest.id}&`);
  const visible = new Set(slots.filter((slot) => slot.is_visible).map((slot) => slot.submission));
  const mirrored = submissions.filter(
    (item) => ['accepted', 'confirmed'].includes(String(item.state)) || visible.has(item.code),
  );
  return {
    rooms: rooms.map(({ id }) => ({ id })).sort((a, b) => Number(a.id) - Number(b.id)),
    speakers: byCode(speakers.map(({ code, name }) => ({ code, name }))),
    talks: byCode(
      mirrored.map(({ code, title, state, speakers: codes }) => ({
        code,
        title,
        state,
        speakers: [...new Set(codes as string[])],
      })),
    ),
    slots: instants(placed(slots).map(({ is_visible, ...slot }) => ({ ...slot, visible: is_visible }))),
  };
}

function instants(rows: Record<string, unknown>[]): string[] {
  return rows
    .map(({ submission, room, start, end, visible }) =>
      [submission, room, Date.parse(String(start)), Date.parse(String(end)), visible].join(' '),
    )
    .sort();
}

function byCode<T extends { code: unknown }>(items: T[]): T[] {
  return [...items].sort((a, b) => (String(a.code) < String(b.code) ? -1 : 1));
}
