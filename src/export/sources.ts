/** Where a programme is read from: the effective views or the mirror itself, as it is or as it was. */
import { type SQL, sql } from 'drizzle-orm';
import { endOfMillisecond } from '../moment.ts';
import { cancelledStatesSql } from '../programme/cancelled.ts';

export interface SourceOptions {
  /** A past moment; now when undefined. */
  asOf?: Date | undefined;
  /** The mirror without overrides. */
  raw?: boolean | undefined;
}

/** Table expressions. `slots` are the visible ones, with `is_cancelled`; `allSlots` those of the mirror. */
export interface Sources {
  rooms: SQL;
  tracks: SQL;
  tags: SQL;
  talks: SQL;
  speakers: SQL;
  talkSpeakers: SQL;
  slots: SQL;
  allSlots: SQL;
}

export function sourcesOf(conferenceId: number, { asOf, raw = false }: SourceOptions): Sources {
  const source = (name: string, ...of: SQL[]): SQL =>
    asOf === undefined
      ? sql`greenroom.${sql.identifier(name)}`
      : sql`greenroom.${sql.identifier(`${name}_as_of`)}(${sql.join([sql`${endOfMillisecond(asOf)}::timestamptz`, ...of], sql`, `)})`;
  const table = (name: string): SQL => source(name);
  const effective = (name: string): SQL => source(name, sql`${conferenceId}::bigint`);
  const live = (name: string): SQL => sql`(select * from ${table(name)} l where removed_at is null)`;
  const allSlots = table('schedule_slots');
  const mirror = {
    tracks: table('tracks'),
    tags: table('tags'),
    talkSpeakers: table('talk_speakers'),
    allSlots,
  };
  if (!raw) {
    return {
      ...mirror,
      rooms: effective('effective_rooms'),
      talks: effective('effective_talks'),
      speakers: effective('effective_speakers'),
      slots: effective('effective_slots'),
    };
  }
  return {
    ...mirror,
    rooms: live('rooms'),
    talks: live('talks'),
    speakers: live('speakers'),
    slots: sql`(select s.*, coalesce(t.state in ${sql.raw(cancelledStatesSql)}, false) as is_cancelled
                  from ${allSlots} s left join ${table('talks')} t on t.conference_id = s.conference_id and t.id = s.talk_id
                 where s.is_visible)`,
  };
}
