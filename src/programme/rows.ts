/**
 * What pretalx sends, as rows of the mirror: exactly the columns that come from upstream. `undefined` means unknown
 * (the key was absent: an event's settings or the reader's rights hide it), so what is mirrored stays; `null` means
 * known to be empty.
 */
import type { I18n } from '../db/schema/greenroom.ts';
import type { rooms, speakers, submissionTypes, tags, tracks } from '../db/schema/programme.ts';
import type { WireRoom, WireSpeaker, WireSubmissionType, WireTag, WireTrack } from '../pretalx/wire.ts';
import { pickText } from './text.ts';

export interface RowContext {
  /** The event's own language. */
  locale: string;
}

/** Columns of a table that upstream always sends (`Known`) and those that it may hide (`Hideable`). */
export type RowOf<
  Table extends { $inferSelect: object },
  Known extends keyof Table['$inferSelect'],
  Hideable extends keyof Table['$inferSelect'] = never,
> = Pick<Table['$inferSelect'], Known> & { [Column in Hideable]: Table['$inferSelect'][Column] | undefined };

export type RoomRow = RowOf<
  typeof rooms,
  'pretalxId' | 'name' | 'nameI18n',
  'description' | 'descriptionI18n' | 'capacity' | 'position' | 'guid'
>;
export type SubmissionTypeRow = RowOf<
  typeof submissionTypes,
  'pretalxId' | 'name' | 'nameI18n',
  'defaultDuration'
>;
export type TrackRow = RowOf<typeof tracks, 'pretalxId' | 'name' | 'nameI18n', 'color' | 'position'>;
export type TagRow = RowOf<typeof tags, 'pretalxId' | 'name', 'color' | 'isPublic'>;
export type SpeakerRow = RowOf<typeof speakers, 'pretalxCode' | 'name', 'biography' | 'avatarUrl' | 'email'>;

/** `name` and `name_i18n`. A name with nothing in any language is an empty one, never null. */
const named = (name: I18n, locale: string) => ({
  name: pickText(name, locale) ?? '',
  nameI18n: name,
});

/** @returns the row of a room; `guid` is upstream's `uuid`, which every room has */
export function roomRow(wire: WireRoom, { locale }: RowContext): RoomRow {
  return {
    pretalxId: wire.id,
    ...named(wire.name, locale),
    description: wire.description === undefined ? undefined : pickText(wire.description, locale),
    descriptionI18n: wire.description,
    capacity: wire.capacity,
    position: wire.position,
    guid: wire.uuid,
  };
}

/** @returns the row of a submission type; its default duration is in minutes */
export function submissionTypeRow(wire: WireSubmissionType, { locale }: RowContext): SubmissionTypeRow {
  return { pretalxId: wire.id, ...named(wire.name, locale), defaultDuration: wire.default_duration };
}

/** @returns the row of a track */
export function trackRow(wire: WireTrack, { locale }: RowContext): TrackRow {
  return { pretalxId: wire.id, ...named(wire.name, locale), color: wire.color, position: wire.position };
}

/** @returns the row of a tag, whose name has one language */
export function tagRow(wire: WireTag): TagRow {
  return { pretalxId: wire.id, name: wire.tag, color: wire.color, isPublic: wire.is_public };
}

export interface SpeakerContext {
  /**
   * Whether this listing shows e-mail addresses, see `showsEmails`. Where it does, a speaker without the key has no
   * account and so no address (null); where it doesn't, nobody's address is known (undefined).
   */
  emailsShown: boolean;
}

/** Whether a listing shows e-mail addresses: at least one of its speakers has the key. */
export function showsEmails(speakers: Iterable<WireSpeaker>): boolean {
  for (const speaker of speakers) if (speaker.email !== undefined) return true;
  return false;
}

/** @returns the row of a speaker; "no picture" and "no address" are null, however this pretalx writes them */
export function speakerRow(wire: WireSpeaker, { emailsShown }: SpeakerContext): SpeakerRow {
  return {
    pretalxCode: wire.code,
    name: wire.name,
    biography: wire.biography,
    avatarUrl: wire.avatar_url === '' ? null : wire.avatar_url,
    email: emailsShown ? wire.email || null : undefined,
  };
}
