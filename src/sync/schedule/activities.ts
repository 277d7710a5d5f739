/** Keeps activities true to the talks of their type; one without talks goes. */
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { activities, activityTalks, rooms, submissionTypes, talks } from '../../db/schema/index.ts';
import { isOneOf, upsert } from '../../db/statements.ts';
import type { Recorder } from '../../history/record.ts';
import {
  type ActivityContext,
  type ActivityRow,
  type ActivityTalk,
  activitiesOf,
  activityTypeOf,
} from '../../programme/activities.ts';
import { contentHasher } from '../../programme/content-hash.ts';
import type { ConferenceRow } from '../context.ts';
import { followRenamedTypes } from './renamed-types.ts';

const hashOf = contentHasher([
  'activityType',
  'name',
  'slug',
  'description',
  'startAt',
  'endAt',
  'roomId',
  'talkIds',
]);

/** Reads the talks of activity types only; writes what differs by set statements. */
export async function refreshActivities(tx: Tx, history: Recorder, conference: ConferenceRow): Promise<void> {
  const source = await readSource(tx, conference.id);
  let stored = await storedActivities(tx, conference.id);
  let wanted = wantedActivities(source, stored);
  if (await followRenamedTypes(tx, history, stored, wanted, source.typeNames)) {
    stored = await storedActivities(tx, conference.id);
    wanted = wantedActivities(source, stored);
  }
  const before = new Map(stored.map((row) => [row.submissionType, row]));
  const names = new Set(wanted.map((row) => row.submissionType));
  const goneIds = stored.filter((row) => !names.has(row.submissionType)).map((row) => row.id);
  const dirty = wanted
    .map((row) => ({ row, contentHash: hashOf(row) }))
    .filter(({ row, contentHash }) => before.get(row.submissionType)?.contentHash !== contentHash);
  if (goneIds.length === 0 && dirty.length === 0) return;
  if (goneIds.length > 0) await deleteActivities(tx, history, goneIds);
  const written = await upsert(
    tx,
    activities,
    dirty,
    ({ row, contentHash }) => ({ ...row, contentHash }),
    [activities.conferenceId, activities.submissionType],
    { conferenceId: sql`${conference.id}`, changedAt: sql`now()` },
  );
  history.upserted(activities, written);
  const ids = new Map(written.map(({ id, key }) => [key, id]));
  const links = dirty.flatMap(({ row }) =>
    row.talkIds.map((talk_id) => ({ activity_id: ids.get(row.submissionType), talk_id })),
  );
  await replaceLinks(tx, history, [...ids.values()], links);
}

function storedActivities(tx: Tx, conferenceId: number) {
  const { id, submissionType, slug, contentHash } = activities;
  return tx
    .select({ id, submissionType, slug, contentHash })
    .from(activities)
    .where(eq(activities.conferenceId, conferenceId));
}

type Source = Omit<ActivityContext, 'slugs'> & { talks: ActivityTalk[]; typeNames: ReadonlySet<string> };

function wantedActivities(
  { talks, ...context }: Source,
  stored: readonly { submissionType: string; slug: string }[],
): ActivityRow[] {
  return activitiesOf(talks, {
    ...context,
    slugs: new Map(stored.map((row) => [row.submissionType, row.slug])),
  });
}

/** What activities are made of. */
async function readSource(tx: Tx, conferenceId: number): Promise<Source> {
  const types = await tx.select().from(submissionTypes).where(eq(submissionTypes.conferenceId, conferenceId));
  const isActivity = (name: string | undefined) => name !== undefined && activityTypeOf(name) !== null;
  const candidates = types
    .filter((type) => isActivity(type.name) || isActivity(type.nameI18n.en))
    .map((type) => type.name);
  const typeNames = new Set(types.map((type) => type.name));
  if (candidates.length === 0) return { types, typeNames, talks: [], roomNames: new Map() };
  const { id, submissionType, state, roomId, slotStart, slotEnd } = talks;
  const talkRows = await tx
    .select({ id, submissionType, state, roomId, slotStart, slotEnd })
    .from(talks)
    .where(
      and(
        eq(talks.conferenceId, conferenceId),
        isNull(talks.removedAt),
        isOneOf(talks.submissionType, candidates),
      ),
    );
  const roomRows = await tx
    .select({ id: rooms.id, name: rooms.name })
    .from(rooms)
    .where(eq(rooms.conferenceId, conferenceId));
  const roomNames = new Map(roomRows.map((room) => [room.id, room.name]));
  return { types, typeNames, talks: talkRows, roomNames };
}

async function deleteActivities(tx: Tx, history: Recorder, ids: number[]): Promise<void> {
  await replaceLinks(tx, history, ids, []);
  await tx.execute(sql`delete from greenroom.activities where id = any(${sql.param(ids)}::bigint[])`);
  history.deleted(
    activities,
    ids.map((id) => [id]),
  );
}

async function replaceLinks(
  tx: Tx,
  history: Recorder,
  activityIds: number[],
  links: { activity_id: number | undefined; talk_id: number }[],
): Promise<void> {
  const wanted = sql`json_to_recordset(${JSON.stringify(links)}::json) as w(activity_id bigint, talk_id bigint)`;
  const removed = await tx.execute<{ activity_id: number; talk_id: number }>(sql`
    delete from greenroom.activity_talks l where l.activity_id = any(${sql.param(activityIds)}::bigint[])
       and not exists (select from ${wanted} where w.activity_id = l.activity_id and w.talk_id = l.talk_id)
    returning l.activity_id, l.talk_id`);
  history.deleted(
    activityTalks,
    removed.map((link) => [link.activity_id, link.talk_id]),
  );
  const added = await tx.execute<{ activity_id: number; talk_id: number }>(sql`
    insert into greenroom.activity_talks (activity_id, talk_id) select activity_id, talk_id from ${wanted}
    on conflict do nothing returning activity_id, talk_id`);
  history.inserted(
    activityTalks,
    added.map((link) => [link.activity_id, link.talk_id]),
  );
}
