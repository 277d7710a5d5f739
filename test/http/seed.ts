/** A mirror with the recorded conference in it, written straight into the tables: web tests need no sync. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Database } from '../../src/db/client.ts';
import {
  conferences,
  rooms,
  scheduleSlots,
  speakers,
  talkSpeakers,
  talks,
  tracks,
} from '../../src/db/schema/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON, read by tests only
type Recorded = any;

const recording = fileURLToPath(new URL('../../fixtures/democon/1-v1.0/v2-organiser/', import.meta.url));

function recorded(name: string): Recorded {
  const { body } = JSON.parse(readFileSync(`${recording}${name}.json`, 'utf8'));
  return typeof body === 'string' ? JSON.parse(body) : body;
}

const all = (...names: string[]): Recorded[] => names.flatMap((name) => recorded(name).results);
const plain = (text: Recorded): string =>
  typeof text === 'string' ? text : (text?.en ?? Object.values(text ?? {})[0] ?? '');

/** Adds `democon` as release 1.0 has it: with hidden slots, e-mail addresses and talks that nobody may see yet. */
export async function seedDemocon(
  { orm }: Database,
  values: Partial<typeof conferences.$inferInsert> = {},
): Promise<{ id: number; slug: string }> {
  const event = recorded('event');
  const [conference] = await orm
    .insert(conferences)
    .values({
      slug: 'democon',
      name: plain(event.name),
      pretalxEventSlug: 'democon',
      startsOn: event.date_from,
      endsOn: event.date_to,
      timezone: event.timezone,
      locale: event.locale,
      releasedVersion: '1.0',
      tokenEnv: 'TOKEN_OF_DEMOCON',
      ...values,
    })
    .returning();
  if (!conference) throw new Error('not added');
  const own = { conferenceId: conference.id, contentHash: 'seeded' };
  const roomIds = idsOf(
    await orm
      .insert(rooms)
      .values(
        all('rooms').map((room) => ({
          ...own,
          pretalxId: room.id,
          name: plain(room.name),
          nameI18n: {},
          position: room.position,
        })),
      )
      .returning(),
    'pretalxId',
  );
  const trackRows = await orm
    .insert(tracks)
    .values(
      all('tracks').map((track) => ({
        ...own,
        pretalxId: track.id,
        name: plain(track.name),
        nameI18n: {},
        color: track.color,
      })),
    )
    .returning();
  const trackIds = idsOf(trackRows, 'pretalxId');
  const speakerIds = idsOf(
    await orm
      .insert(speakers)
      .values(
        all('speakers', 'speakers.p2').map((speaker) => ({
          ...own,
          pretalxCode: speaker.code,
          name: speaker.name,
          email: speaker.email,
        })),
      )
      .returning(),
    'pretalxCode',
  );
  const submissions = all('submissions', 'submissions.p2', 'submissions.p3').filter((submission) =>
    ['accepted', 'confirmed'].includes(submission.state),
  );
  const talkIds = idsOf(
    await orm
      .insert(talks)
      .values(
        submissions.map((submission) => ({
          ...own,
          pretalxCode: submission.code,
          title: submission.title,
          state: submission.state,
          duration: submission.duration,
          contentLocale: submission.content_locale,
          trackId: trackIds.get(submission.track) ?? null,
          track: trackRows.find((track) => track.pretalxId === submission.track)?.name ?? null,
        })),
      )
      .returning(),
    'pretalxCode',
  );
  const links = submissions.flatMap((submission) =>
    submission.speakers.map((code: string, position: number) => ({
      talkId: talkIds.get(submission.code),
      speakerId: speakerIds.get(code),
      position,
    })),
  );
  await orm.insert(talkSpeakers).values(links);
  const slots = all('slots', 'slots.p2', 'slots.p3').filter((slot) => slot.start !== null);
  await orm.insert(scheduleSlots).values(
    slots.map((slot) => ({
      ...own,
      slotKey: `slot-${slot.id}`,
      talkId: talkIds.get(slot.submission) ?? null,
      submissionCode: slot.submission,
      roomId: roomIds.get(slot.room) ?? null,
      title: titleOf(slot, submissions),
      startAt: new Date(slot.start),
      endAt: new Date(slot.end),
      slotType: slot.submission === null ? ('break' as const) : ('talk' as const),
      isVisible: slot.is_visible,
    })),
  );
  return conference;
}

function titleOf(slot: Recorded, submissions: Recorded[]): string {
  const submission = submissions.find(({ code }) => code === slot.submission);
  return plain(slot.description) || submission?.title || slot.submission || 'Break';
}

function idsOf<K extends string>(
  rows: ({ id: number } & Record<K, unknown>)[],
  key: K,
): Map<unknown, number> {
  return new Map(rows.map((row) => [row[key], row.id]));
}
