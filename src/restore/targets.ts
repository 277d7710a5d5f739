/**
 * Which tables a restore puts back, parents first, and how each row's end shows: `removed_at` in what websites point
 * at, no row in the rest. What people decided (overrides, defaults) is not the mirror's and stays.
 */
import type { PgTable } from 'drizzle-orm/pg-core';
import {
  activities,
  activityTalks,
  rooms,
  scheduleSlots,
  speakers,
  submissionTypes,
  tags,
  talkSpeakers,
  talks,
  tracks,
} from '../db/schema/index.ts';

export interface Target {
  table: PgTable;
  name: string;
  /** The column that people know a row by. */
  key: string;
  /** Unique columns whose values go from one row to another: a renamed type's activity takes its name along. */
  passedOn?: string[];
  /** Rows stay and are marked. */
  kept: boolean;
  /** A link table's column and the table that it says the conference of. */
  parent?: { column: string; name: string };
  /** Which rows count as there, for the plan and the guard. */
  isThere: (alias: string) => string;
}

const marked = (alias: string) => `${alias}.removed_at is null`;
const always = () => 'true';

export const targets: readonly Target[] = [
  { table: rooms, name: 'rooms', key: 'pretalx_id', kept: true, isThere: marked },
  { table: submissionTypes, name: 'submission_types', key: 'pretalx_id', kept: true, isThere: marked },
  { table: tracks, name: 'tracks', key: 'pretalx_id', kept: true, isThere: marked },
  { table: tags, name: 'tags', key: 'pretalx_id', kept: true, isThere: marked },
  { table: speakers, name: 'speakers', key: 'pretalx_code', kept: true, isThere: marked },
  { table: talks, name: 'talks', key: 'pretalx_code', kept: true, isThere: marked },
  {
    table: talkSpeakers,
    name: 'talk_speakers',
    key: 'talk_id',
    kept: false,
    parent: { column: 'talk_id', name: 'talks' },
    isThere: always,
  },
  {
    table: scheduleSlots,
    name: 'schedule_slots',
    key: 'slot_key',
    kept: false,
    isThere: (alias) => `${alias}.is_visible`,
  },
  {
    table: activities,
    name: 'activities',
    key: 'submission_type',
    passedOn: ['submission_type', 'slug'],
    kept: false,
    isThere: always,
  },
  {
    table: activityTalks,
    name: 'activity_talks',
    key: 'activity_id',
    kept: false,
    parent: { column: 'activity_id', name: 'activities' },
    isThere: always,
  },
];
