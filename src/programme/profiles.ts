/** Profiles: how a conference reads tracks and tags out of its submissions. */
import { profileNames } from '../config-profiles.ts';
import { UsageError } from '../errors.ts';
import type { WireSubmission } from '../pretalx/wire.ts';
import type { TagRow, TrackRow } from './rows.ts';

/**
 * How a conference reads tracks and tags out of its submissions. Two functions; a conference with conventions of its
 * own registers another one.
 */
export interface Profile {
  /**
   * @param tracks the event's tracks by pretalx id; empty when it has none
   * @returns the track's name, null for none, undefined when it can't be known (what is mirrored stays)
   */
  track(submission: WireSubmission, tracks: ReadonlyMap<number, TrackRow>): string | null | undefined;
  /**
   * @param tags the event's tags by pretalx id; null when this reader may not read them
   * @returns the tags' names in upstream's order, undefined when they can't be known (what is mirrored stays)
   */
  tags(submission: WireSubmission, tags: ReadonlyMap<number, TagRow> | null): string[] | undefined;
}

/** Takes what pretalx says. */
const defaultProfile: Profile = {
  track(submission, tracks) {
    if (submission.track === undefined || submission.track === null) return submission.track;
    return tracks.get(submission.track)?.name;
  },
  tags(submission, tags) {
    if (submission.tags === undefined || tags === null) return undefined;
    return submission.tags.flatMap((id) => tags.get(id)?.name ?? []);
  },
};

/** The same for PyCon US, whose tags come with stray and blank entries. */
const pyconUsProfile: Profile = {
  ...defaultProfile,
  tags: (submission, tags) =>
    defaultProfile
      .tags(submission, tags)
      ?.map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
};

const profiles = new Map<string, Profile>([
  ['default', defaultProfile],
  ['pyconus', pyconUsProfile],
]);

/**
 * Adds a profile under a name of its own, in lower case, which `GREENROOM_PROFILE` may then be set to. A second one
 * of the same name takes the place of the first.
 *
 * @throws UsageError when the name is that of a built-in one
 */
export function registerProfile(name: string, profile: Profile): void {
  if (['auto', 'default', 'pyconus'].includes(name) || !/^[a-z0-9][a-z0-9_-]*$/.test(name)) {
    throw new UsageError(
      `A profile can't be named "${name}". Take lower case letters, digits and hyphens, and none of auto, default, pyconus.`,
    );
  }
  profileNames.add(name);
  profiles.set(name, profile);
}

/**
 * The profile that a setting means. `auto` takes `pyconus` for slugs that begin with `pyconus` or `pycon-us`.
 *
 * @throws UsageError for a name that no profile has
 */
export function selectProfile(setting: string, eventSlug: string, conferenceSlug: string): Profile {
  const isPyconUs = [eventSlug, conferenceSlug].some((slug) => /^pycon-?us/i.test(slug));
  const profile = profiles.get(setting === 'auto' ? (isPyconUs ? 'pyconus' : 'default') : setting);
  if (profile) return profile;
  const known = [...profileNames].join(', ');
  throw new UsageError(`There is no profile "${setting}". Set GREENROOM_PROFILE to one of: ${known}.`);
}
