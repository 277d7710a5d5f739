/** What people decided, not pretalx: defaults per submission type, and corrections that outlive syncs. */
import { date, jsonb, primaryKey, text, time } from 'drizzle-orm/pg-core';
import { conferences } from './conferences.ts';
import { bigId, greenroom, instant } from './greenroom.ts';
import { rooms } from './programme.ts';

const ofConference = () =>
  bigId('conference_id')
    .notNull()
    .references(() => conferences.id, { onDelete: 'cascade' });

/** Room, date and wall times (in the conference's timezone) of talks that have no slot. */
export const submissionTypeDefaults = greenroom.table(
  'submission_type_defaults',
  {
    conferenceId: ofConference(),
    submissionType: text('submission_type').notNull(),
    defaultRoomId: bigId('default_room_id').references(() => rooms.id),
    defaultDate: date('default_date'),
    defaultStartTime: time('default_start_time'),
    defaultEndTime: time('default_end_time'),
  },
  (t) => [primaryKey({ columns: [t.conferenceId, t.submissionType] })],
);

export type OverrideEntity = 'talk' | 'speaker' | 'room' | 'slot';

/** `base_value` is upstream's value when the override was set: where upstream differs from it now, it has drifted. */
export const overrides = greenroom.table(
  'overrides',
  {
    conferenceId: ofConference(),
    entity: text('entity').$type<OverrideEntity>().notNull(),
    key: text('key').notNull(),
    field: text('field').notNull(),
    value: jsonb('value'),
    baseValue: jsonb('base_value'),
    reason: text('reason'),
    setBy: text('set_by').notNull(),
    setAt: instant('set_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.conferenceId, t.entity, t.key, t.field] })],
);
