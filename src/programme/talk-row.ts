/** A submission as pretalx sends it, as a talk's row. */
import type { talks } from '../db/schema/programme.ts';
import type { WireSubmission } from '../pretalx/wire.ts';
import type { Profile } from './profiles.ts';
import type { RowOf, SubmissionTypeRow, TagRow, TrackRow } from './rows.ts';

/** What a talk's row is made with, besides the submission: all by pretalx id. */
export interface TalkContext {
  types: ReadonlyMap<number, SubmissionTypeRow>;
  /** Empty when the event has no tracks. */
  tracks: ReadonlyMap<number, TrackRow>;
  /** Null when this reader may not read them. */
  tags: ReadonlyMap<number, TagRow> | null;
  profile: Profile;
}

/**
 * A talk's columns from upstream (`undefined`: unknown, what is mirrored stays), and what becomes ids and links when
 * it is written. Room and times come from the schedule, not from here.
 */
export type TalkRow = RowOf<
  typeof talks,
  'pretalxCode' | 'state',
  | 'title'
  | 'abstract'
  | 'description'
  | 'submissionType'
  | 'track'
  | 'tags'
  | 'duration'
  | 'contentLocale'
  | 'doNotRecord'
  | 'isFeatured'
  | 'imageUrl'
> & {
  submissionTypePretalxId: number | null;
  trackPretalxId: number | null | undefined;
  /** In upstream's order, without repetitions. */
  speakerCodes: string[];
};

/** @returns the row of a talk; its duration, in minutes, is its own, else that of its type */
export function talkRow(wire: WireSubmission, { types, tracks, tags, profile }: TalkContext): TalkRow {
  const type = wire.submission_type === null ? null : types.get(wire.submission_type);
  return {
    pretalxCode: wire.code,
    title: wire.title,
    abstract: wire.abstract,
    description: wire.description,
    submissionType: type === null ? null : type?.name,
    submissionTypePretalxId: wire.submission_type,
    track: profile.track(wire, tracks),
    trackPretalxId: wire.track,
    tags: profile.tags(wire, tags),
    duration: wire.duration ?? type?.defaultDuration ?? wire.duration,
    state: wire.state,
    contentLocale: wire.content_locale,
    doNotRecord: wire.do_not_record,
    isFeatured: wire.is_featured,
    imageUrl: wire.image === '' ? null : wire.image,
    speakerCodes: [...new Set(wire.speakers)],
  };
}
