/**
 * What the mirror holds of a programme. Version tables (`<table>_versions`) and as-of functions are made from these
 * by `greenroom.history_enable(table)` in a migration of their own, not described a second time here.
 */
import { boolean, index, integer, jsonb, primaryKey, text, unique } from 'drizzle-orm/pg-core';
import { conferences } from './conferences.ts';
import { bigId, greenroom, type I18n, instant } from './greenroom.ts';

const identity = () => ({
  id: bigId('id').primaryKey().generatedAlwaysAsIdentity(),
  conferenceId: bigId('conference_id')
    .notNull()
    .references(() => conferences.id, { onDelete: 'cascade' }),
});

/**
 * `changed_at` is the last real change, not the last look; `removed_at` is null while upstream has the row. No content
 * has the hash '': what somebody else put in is compared, and becomes what upstream says.
 */
const lifetime = () => ({
  contentHash: text('content_hash').notNull().default(''),
  createdAt: instant('created_at').notNull().defaultNow(),
  changedAt: instant('changed_at').notNull().defaultNow(),
});
const mirrored = () => ({ ...identity(), ...lifetime(), removedAt: instant('removed_at') });

export const rooms = greenroom.table(
  'rooms',
  {
    ...mirrored(),
    pretalxId: bigId('pretalx_id').notNull(),
    name: text('name').notNull(),
    nameI18n: jsonb('name_i18n').$type<I18n>().notNull().default({}),
    description: text('description'),
    descriptionI18n: jsonb('description_i18n').$type<I18n>(),
    capacity: integer('capacity'),
    position: integer('position'),
    guid: text('guid'),
  },
  (t) => [unique('rooms_key').on(t.conferenceId, t.pretalxId)],
);

export const submissionTypes = greenroom.table(
  'submission_types',
  {
    ...mirrored(),
    pretalxId: bigId('pretalx_id').notNull(),
    name: text('name').notNull(),
    nameI18n: jsonb('name_i18n').$type<I18n>().notNull().default({}),
    defaultDuration: integer('default_duration'),
  },
  (t) => [unique('submission_types_key').on(t.conferenceId, t.pretalxId)],
);

export const tracks = greenroom.table(
  'tracks',
  {
    ...mirrored(),
    pretalxId: bigId('pretalx_id').notNull(),
    name: text('name').notNull(),
    nameI18n: jsonb('name_i18n').$type<I18n>().notNull().default({}),
    color: text('color'),
    position: integer('position'),
  },
  (t) => [unique('tracks_key').on(t.conferenceId, t.pretalxId)],
);

/** pretalx calls a tag's name `tag`; it has one language. A tag that is not public stays out of exports. */
export const tags = greenroom.table(
  'tags',
  {
    ...mirrored(),
    pretalxId: bigId('pretalx_id').notNull(),
    name: text('name').notNull(),
    color: text('color'),
    isPublic: boolean('is_public'),
  },
  (t) => [unique('tags_key').on(t.conferenceId, t.pretalxId)],
);

export const speakers = greenroom.table(
  'speakers',
  {
    ...mirrored(),
    pretalxCode: text('pretalx_code').notNull(),
    name: text('name').notNull(),
    biography: text('biography'),
    avatarUrl: text('avatar_url'),
    email: text('email'),
    userId: text('user_id'),
  },
  (t) => [unique('speakers_key').on(t.conferenceId, t.pretalxCode)],
);

/** `room_id`, `slot_start`, `slot_end` are placed by the schedule step, not by the talks step; `duration` is in minutes. */
export const talks = greenroom.table(
  'talks',
  {
    ...mirrored(),
    pretalxCode: text('pretalx_code').notNull(),
    title: text('title').notNull(),
    abstract: text('abstract'),
    description: text('description'),
    submissionType: text('submission_type'),
    submissionTypeId: bigId('submission_type_id').references(() => submissionTypes.id),
    track: text('track'),
    trackId: bigId('track_id').references(() => tracks.id),
    tags: text('tags').array().notNull().default([]),
    duration: integer('duration'),
    state: text('state').notNull(),
    contentLocale: text('content_locale'),
    doNotRecord: boolean('do_not_record'),
    isFeatured: boolean('is_featured'),
    imageUrl: text('image_url'),
    roomId: bigId('room_id').references(() => rooms.id),
    slotStart: instant('slot_start'),
    slotEnd: instant('slot_end'),
    placedBy: text('placed_by').$type<'schedule' | 'default'>(),
  },
  (t) => [unique('talks_key').on(t.conferenceId, t.pretalxCode)],
);

export const talkSpeakers = greenroom.table(
  'talk_speakers',
  {
    talkId: bigId('talk_id')
      .notNull()
      .references(() => talks.id, { onDelete: 'cascade' }),
    speakerId: bigId('speaker_id')
      .notNull()
      .references(() => speakers.id, { onDelete: 'cascade' }),
    position: integer('position').notNull(),
  },
  (t) => [primaryKey({ columns: [t.talkId, t.speakerId] }), index('talk_speakers_speaker').on(t.speakerId)],
);

export type SlotType = 'talk' | 'break' | 'social' | 'other';

export const scheduleSlots = greenroom.table(
  'schedule_slots',
  {
    ...identity(),
    ...lifetime(),
    slotKey: text('slot_key').notNull(),
    talkId: bigId('talk_id').references(() => talks.id, { onDelete: 'set null' }),
    submissionCode: text('submission_code'),
    roomId: bigId('room_id').references(() => rooms.id),
    title: text('title').notNull(),
    titleI18n: jsonb('title_i18n').$type<I18n>(),
    startAt: instant('start_at').notNull(),
    endAt: instant('end_at').notNull(),
    slotType: text('slot_type').$type<SlotType>().notNull(),
    isVisible: boolean('is_visible').notNull().default(true),
  },
  (t) => [
    unique('schedule_slots_key').on(t.conferenceId, t.slotKey),
    index('schedule_slots_talk').on(t.talkId),
  ],
);

export type ActivityType = 'tutorial' | 'workshop' | 'lightning_talk' | 'sprint' | 'summit' | 'open_space';

export const activities = greenroom.table(
  'activities',
  {
    ...identity(),
    ...lifetime(),
    submissionType: text('submission_type').notNull(),
    activityType: text('activity_type').$type<ActivityType>().notNull(),
    name: text('name').notNull(),
    slug: text('slug').notNull(),
    description: text('description').notNull(),
    startAt: instant('start_at'),
    endAt: instant('end_at'),
    roomId: bigId('room_id').references(() => rooms.id),
  },
  (t) => [
    unique('activities_key').on(t.conferenceId, t.submissionType),
    unique('activities_slug').on(t.conferenceId, t.slug),
  ],
);

export const activityTalks = greenroom.table(
  'activity_talks',
  {
    activityId: bigId('activity_id')
      .notNull()
      .references(() => activities.id, { onDelete: 'cascade' }),
    talkId: bigId('talk_id')
      .notNull()
      .references(() => talks.id, { onDelete: 'cascade' }),
  },
  (t) => [primaryKey({ columns: [t.activityId, t.talkId] }), index('activity_talks_talk').on(t.talkId)],
);
