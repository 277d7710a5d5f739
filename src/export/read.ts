/** Reads a conference's public programme, of now or of a past moment, by a handful of set queries on one snapshot. */
import { eq, type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { conferences } from '../db/schema/index.ts';
import { limitStatements } from '../db/statement-timeout.ts';
import { NotFoundError } from '../errors.ts';
import { requireNotPurged } from '../history/purged.ts';
import { releasedVersionAt } from '../history/released-version.ts';
import type { Programme, Room, Session, Speaker, Track } from './model.ts';
import { type SourceOptions, sourcesOf } from './sources.ts';

type Row<T> = T & Record<string, unknown>;

/**
 * Visible slots of talks with room and times, with their talks, speakers, rooms and tracks. Breaks are not among them,
 * as in pretalx' own exports.
 *
 * @throws NotFoundError when the conference is gone
 * @throws UsageError for a time that its history was purged of
 */
export function readProgramme(
  executor: Executor,
  conferenceId: number,
  options: SourceOptions & { statementTimeoutMs?: number | undefined },
): Promise<Programme> {
  const from = sourcesOf(conferenceId, options);
  return executor.transaction(
    async (tx) => {
      if (options.statementTimeoutMs !== undefined) await limitStatements(tx, options.statementTimeoutMs);
      const [conference] = await tx.select().from(conferences).where(eq(conferences.id, conferenceId));
      if (!conference) throw new NotFoundError('The conference is gone.');
      if (options.asOf) {
        requireNotPurged(conference, options.asOf);
        // The past has no statistics; see 0002_effective_views.sql.
        await tx.execute(
          sql`select set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true)`,
        );
      }
      const version = options.asOf
        ? await releasedVersionAt(tx, conferenceId, options.asOf)
        : conference.releasedVersion;
      const rooms = await tx.execute<Row<Room>>(roomsOf(from.rooms, conferenceId));
      const tracks = await tx.execute<Row<Track>>(sql`
        select pretalx_id as "pretalxId", name, color from ${from.tracks} t
         where conference_id = ${conferenceId} and removed_at is null
         order by position nulls first, pretalx_id`);
      const sessions = await tx.execute<Row<Session>>(sessionsOf(from, conferenceId));
      const people = await tx.execute<Row<Speaker & { talkId: number }>>(sql`
        select ts.talk_id as "talkId", p.pretalx_code as code, p.name, p.biography, p.avatar_url as "avatarUrl",
               ${epochMs(sql`p.changed_at`)} as "changedMs"
          from ${from.talkSpeakers} ts join ${from.speakers} p on p.id = ts.speaker_id
         where p.conference_id = ${conferenceId} order by ts.talk_id, ts.position`);
      const hidden = await tx.execute<{ name: string }>(sql`
        select distinct name from ${from.tags} t where conference_id = ${conferenceId} and is_public = false`);
      return {
        conference,
        version,
        rooms: [...rooms],
        tracks: [...tracks],
        sessions: withSpeakers(sessions, people, new Set(hidden.map((tag) => tag.name))),
      };
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}

const epochMs = (column: SQL) => sql`(extract(epoch from ${column}) * 1000)::float8`;

/** By position, those without one first. */
function roomsOf(rooms: SQL, conferenceId: number): SQL {
  return sql`
    select id, pretalx_id as "pretalxId", name, description, capacity, position, guid,
           ${epochMs(sql`changed_at`)} as "changedMs"
      from ${rooms} r where conference_id = ${conferenceId}
     order by position nulls first, pretalx_id`;
}

/**
 * A session has its talk's title, unless somebody overrode the slot's. `number` counts the slots of a talk, from 0
 * in the order of their start; null when there is one.
 */
function sessionsOf(from: ReturnType<typeof sourcesOf>, conferenceId: number): SQL {
  return sql`
    select s.id, s.slot_key as "slotKey", s.talk_id as "talkId", s.submission_code as code,
           case when s.title_i18n is null then s.title else coalesce(t.title, s.title) end as title,
           s.room_id as "roomId", ${epochMs(sql`s.start_at`)} as "startMs", ${epochMs(sql`s.end_at`)} as "endMs",
           s.is_cancelled as "isCancelled", ${epochMs(sql`greatest(s.changed_at, t.changed_at)`)} as "changedMs",
           case when n.slots > 1 then n.number end as number,
           t.abstract, t.description, t.submission_type as type, t.track, coalesce(t.tags, '{}') as tags, t.state,
           t.content_locale as language, t.do_not_record as "doNotRecord", t.image_url as "imageUrl"
      from ${from.slots} s
      join (select id, (row_number() over talk - 1)::int as number, (count(*) over (partition by submission_code))::int as slots
              from ${from.allSlots} a where conference_id = ${conferenceId} and submission_code is not null
            window talk as (partition by submission_code order by start_at, slot_key)) n on n.id = s.id
      left join ${from.talks} t on t.conference_id = s.conference_id and t.id = s.talk_id
     where s.conference_id = ${conferenceId} and s.submission_code is not null and s.room_id is not null
     order by s.start_at, s.room_id, s.slot_key`;
}

function withSpeakers(
  sessions: Iterable<Omit<Session, 'speakers'>>,
  people: Iterable<Speaker & { talkId: number }>,
  hiddenTags: ReadonlySet<string>,
): Session[] {
  const ofTalk = new Map<number, Speaker[]>();
  for (const { talkId, ...speaker } of people) {
    const others = ofTalk.get(talkId);
    if (others) others.push(speaker);
    else ofTalk.set(talkId, [speaker]);
  }
  return Array.from(sessions, (session) => ({
    ...session,
    tags: session.tags.filter((tag) => !hiddenTags.has(tag)),
    speakers: (session.talkId !== null && ofTalk.get(session.talkId)) || [],
  }));
}
