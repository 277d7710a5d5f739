/**
 * Removes what is gone upstream: talks, then speakers, then rooms, types, tracks and tags, so that nothing in the
 * mirror ever points at what is gone. What something still points at stays until a later run.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import type { Tx } from '../../db/client.ts';
import {
  rooms,
  speakers,
  submissionTypes,
  tags,
  talkSpeakers,
  talks,
  tracks,
} from '../../db/schema/index.ts';
import { tableName } from '../../db/statements.ts';
import type { Recorder } from '../../history/record.ts';
import type { Removal, StepOutcome } from '../steps.ts';

type Removals = StepOutcome['removals'];

interface Removable {
  table: PgTable;
  key: 'pretalx_id' | 'pretalx_code';
  /** Nothing points at row `r` any more. Of its conference, so that not all of them are looked through. */
  isFree: SQL;
}

/** In the order in which they can go. */
const removable = {
  speakers: {
    table: speakers,
    key: 'pretalx_code',
    isFree: sql`not exists (select from greenroom.talk_speakers l join greenroom.talks t on t.id = l.talk_id
                             where l.speaker_id = r.id and t.removed_at is null)`,
  },
  rooms: {
    table: rooms,
    key: 'pretalx_id',
    isFree: sql`not exists (select from greenroom.schedule_slots s where (s.conference_id, s.room_id) = (r.conference_id, r.id))
            and not exists (select from greenroom.talks t where (t.conference_id, t.room_id) = (r.conference_id, r.id) and t.removed_at is null)
            and not exists (select from greenroom.submission_type_defaults d where (d.conference_id, d.default_room_id) = (r.conference_id, r.id))`,
  },
  submission_types: {
    table: submissionTypes,
    key: 'pretalx_id',
    isFree: sql`not exists (select from greenroom.talks t where (t.conference_id, t.submission_type_id) = (r.conference_id, r.id) and t.removed_at is null)`,
  },
  tracks: {
    table: tracks,
    key: 'pretalx_id',
    isFree: sql`not exists (select from greenroom.talks t where (t.conference_id, t.track_id) = (r.conference_id, r.id) and t.removed_at is null)`,
  },
  tags: { table: tags, key: 'pretalx_id', isFree: sql`true` },
} satisfies Record<Exclude<keyof Removals, 'talks'>, Removable>;

/**
 * Removes talks, which lose room and times. All get the state that upstream says they ended in, also those that a slot
 * still points at.
 */
export async function removeTalks(
  tx: Tx,
  history: Recorder,
  conferenceId: number,
  gone: Removal[] = [],
): Promise<void> {
  if (gone.length === 0) return;
  const changed = await tx.execute<{ id: number }>(sql`
    with ending as (
      select r.id, coalesce(g.state, r.state) as state,
             not exists (select from greenroom.schedule_slots s where s.conference_id = ${conferenceId} and s.talk_id = r.id) as is_free
        from greenroom.talks r join json_to_recordset(${JSON.stringify(gone)}::json) as g(key text, state text) on r.pretalx_code = g.key
       where r.conference_id = ${conferenceId} and r.removed_at is null)
    update greenroom.talks t
       set state = e.state, changed_at = now(),
           removed_at = case when e.is_free then now() end,
           room_id = case when not e.is_free then t.room_id end,
           slot_start = case when not e.is_free then t.slot_start end,
           slot_end = case when not e.is_free then t.slot_end end,
           placed_by = case when not e.is_free then t.placed_by end,
           -- what upstream said last is no longer what the row holds: it is written anew when the talk is back
           content_hash = case when e.is_free then t.content_hash else '' end
      from ending e where e.id = t.id and (e.is_free or e.state <> t.state)
    returning t.id`);
  history.updated(
    talks,
    changed.map((row) => [row.id]),
  );
}

/** Removes speakers, then rooms, types, tracks and tags; links of removed talks to removed speakers go with them. */
export async function removeTheRest(
  tx: Tx,
  history: Recorder,
  conferenceId: number,
  gone: Removals,
): Promise<void> {
  const { speakers: goneSpeakers, ...others } = removable;
  const without = await markRemoved(tx, history, conferenceId, gone.speakers, goneSpeakers);
  if (without.length > 0) {
    const links = await tx.execute<{ talk_id: number; speaker_id: number }>(sql`
      delete from greenroom.talk_speakers where speaker_id = any(${sql.param(without)}::bigint[]) returning talk_id, speaker_id`);
    history.deleted(
      talkSpeakers,
      links.map((link) => [link.talk_id, link.speaker_id]),
    );
  }
  for (const [entity, target] of Object.entries(others)) {
    await markRemoved(tx, history, conferenceId, gone[entity as keyof typeof others], target);
  }
}

/** What an upstream key, as text, is equal to when it is of one that is gone: `any($1)`. */
export function amongKeys(gone: readonly Removal[]): SQL {
  return sql`any(${sql.param(gone.map(({ key }) => key))}::text[])`;
}

async function markRemoved(
  tx: Tx,
  history: Recorder,
  conferenceId: number,
  gone: Removal[] | undefined,
  { table, key, isFree }: Removable,
): Promise<number[]> {
  if (!gone || gone.length === 0) return [];
  const removed = await tx.execute<{ id: number }>(sql`
    update ${tableName(table)} r set removed_at = now(), changed_at = now()
     where r.conference_id = ${conferenceId} and r.removed_at is null
       and r.${sql.identifier(key)}::text = ${amongKeys(gone)} and ${isFree}
    returning r.id`);
  const ids = removed.map((row) => row.id);
  history.updated(
    table,
    ids.map((id) => [id]),
  );
  return ids;
}
