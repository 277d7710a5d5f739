/**
 * What pretalx' API sends, in its own field names, reduced to the fields that are used here. Secrets, internal notes,
 * reviews and answers are in no schema, so they never get further than this file. A key that an event's settings or a
 * reader's rights can hide is optional: absent means unknown, `null` means known to be empty.
 */
import { z } from 'zod';

/** A text per language. pretalx sends a plain string where a value never was translated; it counts as English. */
const i18n = z.preprocess(
  (value) => (typeof value === 'string' ? { en: value } : value),
  z.record(z.string(), z.string()),
);
/** Ids are PostgreSQL bigints upstream and far below 2^53. */
const id = z.int().nonnegative();
/** As large as PostgreSQL's integer. */
const integer = z.int32();
const code = z.string().min(1);

export const wireEvent = z.object({
  slug: z.string(),
  name: i18n,
  /** Dates without a time, `2026-07-15`. */
  date_from: z.iso.date(),
  date_to: z.iso.date(),
  /** An IANA name. */
  timezone: z.string(),
  locale: z.string(),
  locales: z.array(z.string()),
  primary_color: z.string().nullable().optional(),
});
export type WireEvent = z.infer<typeof wireEvent>;

export const wireRoom = z.object({
  id,
  name: i18n,
  description: i18n.nullable().optional(),
  uuid: z.string().nullable().optional(),
  capacity: integer.nullable().optional(),
  position: integer.nullable().optional(),
});
export type WireRoom = z.infer<typeof wireRoom>;

export const wireSubmissionType = z.object({
  id,
  name: i18n,
  /** Minutes. */
  default_duration: integer.nullable().optional(),
});
export type WireSubmissionType = z.infer<typeof wireSubmissionType>;

export const wireTrack = z.object({
  id,
  name: i18n,
  color: z.string().nullable().optional(),
  position: integer.nullable().optional(),
});
export type WireTrack = z.infer<typeof wireTrack>;

export const wireTag = z.object({
  id,
  /** The tag's name; it has one language. */
  tag: z.string(),
  color: z.string().nullable().optional(),
  is_public: z.boolean().optional(),
});
export type WireTag = z.infer<typeof wireTag>;

export const wireSpeaker = z.object({
  code,
  name: z.string(),
  biography: z.string().nullable().optional(),
  avatar_url: z.string().nullable().optional(),
  /** Only organisers get it, and not for a speaker without an account. */
  email: z.string().nullable().optional(),
});
export type WireSpeaker = z.infer<typeof wireSpeaker>;

export const wireSubmission = z.object({
  code,
  title: z.string().optional(),
  /** Speaker codes, in upstream's order. */
  speakers: z.array(z.string()),
  submission_type: id.nullable(),
  track: id.nullable().optional(),
  /** Tag ids, those of non-public tags too. */
  tags: z.array(id).optional(),
  state: z.string(),
  abstract: z.string().nullable().optional(),
  description: z.string().nullable().optional(),
  /** Minutes. */
  duration: integer.nullable().optional(),
  content_locale: z.string().nullable().optional(),
  do_not_record: z.boolean().nullable().optional(),
  image: z.string().nullable().optional(),
  /** Only for those who may see submissions; its absence is how a token betrays that it gets the public part. */
  pending_state: z.string().nullable().optional(),
  is_featured: z.boolean().nullable().optional(),
});
export type WireSubmission = z.infer<typeof wireSubmission>;

export const wireSlot = z.object({
  /** Lives for one schedule; never an identity across releases. */
  id,
  room: id.nullable(),
  /** ISO 8601 with an offset. Null: not placed. */
  start: z.string().nullable(),
  end: z.string().nullable(),
  /** A submission's code. Null: a break. */
  submission: code.nullable(),
  description: i18n.nullable().optional(),
  /** Only for those who may see hidden slots; others get visible ones only. */
  is_visible: z.boolean().optional(),
});
export type WireSlot = z.infer<typeof wireSlot>;

export const wireRelease = z.object({
  id,
  version: z.string().nullable(),
});

/** The keys that an event's settings can take away from everyone. */
export const hideableKeys = {
  submissions: [
    'title',
    'track',
    'abstract',
    'description',
    'duration',
    'content_locale',
    'do_not_record',
    'image',
  ],
  speakers: ['biography', 'avatar_url'],
} as const;
