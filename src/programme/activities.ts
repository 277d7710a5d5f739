/** Activities: what visitors take part in (tutorials, sprints, …), made of the talks of one submission type each. */
import type { ActivityType, activities } from '../db/schema/programme.ts';
import { isAcceptedOrConfirmed } from './mirrored.ts';
import type { RowOf, SubmissionTypeRow } from './rows.ts';
import { slugify, uniqueSlug } from './slug.ts';

const ACTIVITY_TYPES: readonly ActivityType[] = [
  'tutorial',
  'workshop',
  'lightning_talk',
  'sprint',
  'summit',
  'open_space',
];

export interface ActivityTalk {
  id: number;
  submissionType: string | null;
  state: string;
  roomId: number | null;
  slotStart: Date | null;
  slotEnd: Date | null;
}

export interface ActivityContext {
  /** The event's submission types, for their names in English. */
  types: Iterable<Pick<SubmissionTypeRow, 'name' | 'nameI18n'>>;
  roomNames: ReadonlyMap<number, string>;
  /** Slugs that activities have, by submission type. A slug given once stays. */
  slugs: ReadonlyMap<string, string>;
}

export type ActivityRow = RowOf<
  typeof activities,
  'submissionType' | 'activityType' | 'name' | 'slug' | 'description' | 'startAt' | 'endAt' | 'roomId'
> & {
  /** Our ids of the accepted and confirmed talks of the type, ascending. */
  talkIds: number[];
};

/**
 * @param talks the mirror's talks as they are after the run, without removed ones
 * @returns the activities that there should be, by submission type; one that isn't in it has lost its last talk.
 *   A slug of an activity that goes may be in it again: delete before you insert
 */
export function activitiesOf(talks: Iterable<ActivityTalk>, context: ActivityContext): ActivityRow[] {
  const kinds = activityTypes(context.types);
  const groups = new Map<string, ActivityTalk[]>();
  for (const talk of talks) {
    const type = talk.submissionType;
    if (type === null || !isAcceptedOrConfirmed(talk.state)) continue;
    if (!kinds.has(type)) kinds.set(type, activityTypeOf(type));
    if (kinds.get(type) === null) continue;
    const group = groups.get(type);
    if (group) group.push(talk);
    else groups.set(type, [talk]);
  }
  const types = [...groups.keys()].sort();
  const taken = new Set(types.flatMap((type) => context.slugs.get(type) ?? []));
  return types.map((type) => {
    const activityType = kinds.get(type) as ActivityType;
    const slug = context.slugs.get(type) ?? uniqueSlug(slugify(type) || slugify(activityType), taken);
    taken.add(slug);
    return {
      submissionType: type,
      activityType,
      name: /s$/i.test(type) ? type : `${type}s`,
      slug,
      ...summaryOf(groups.get(type) ?? [], context.roomNames),
    };
  });
}

/**
 * The kind of activity that a name of a submission type means, however it is written: `Lightning Talks` and
 * `lightning-talk` are lightning talks.
 *
 * @returns null for a name of anything else
 */
export function activityTypeOf(name: string): ActivityType | null {
  const plain = name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, '_');
  return ACTIVITY_TYPES.find((type) => plain === type || plain === `${type}s`) ?? null;
}

/** By the name in the event's language; the name in English says it too. */
function activityTypes(types: ActivityContext['types']): Map<string, ActivityType | null> {
  const kinds = new Map<string, ActivityType | null>();
  for (const { name, nameI18n } of types) {
    kinds.set(name, kinds.get(name) ?? activityTypeOf(name) ?? activityTypeOf(nameI18n.en ?? ''));
  }
  return kinds;
}

function summaryOf(talks: readonly ActivityTalk[], roomNames: ReadonlyMap<number, string>) {
  const rooms = new Set<number>();
  let startAt: Date | null = null;
  let endAt: Date | null = null;
  for (const { roomId, slotStart, slotEnd } of talks) {
    if (roomId !== null) rooms.add(roomId);
    if (slotStart && (!startAt || slotStart < startAt)) startAt = slotStart;
    if (slotEnd && (!endAt || slotEnd > endAt)) endAt = slotEnd;
  }
  const [roomId] = rooms;
  const sharedRoomId = roomId !== undefined && rooms.size === 1 ? roomId : null;
  const count = talks.length === 1 ? '1 talk' : `${talks.length} talks`;
  const where =
    sharedRoomId !== null
      ? ` in ${roomNames.get(sharedRoomId) ?? sharedRoomId}`
      : rooms.size > 1
        ? ` across ${rooms.size} rooms`
        : '';
  return {
    description: `${count}${where}`,
    startAt,
    endAt,
    roomId: sharedRoomId,
    talkIds: talks.map((talk) => talk.id).sort((a, b) => a - b),
  };
}
