import type { Client } from './client.ts';
import { notPretalx, onlyThePublicPart } from './failures.ts';
import type { PrefetchedListing } from './listing.ts';
import type { Part, Release } from './programme-reading.ts';
import type {
  WireEvent,
  WireRoom,
  WireSlot,
  WireSpeaker,
  WireSubmission,
  WireSubmissionType,
  WireTag,
  WireTrack,
} from './wire.ts';

/** What the check looks at; the same listings that the run goes on to read, so that it costs next to nothing. */
export interface Readable {
  event(): Promise<WireEvent>;
  release(): Promise<Release | null>;
  rooms: PrefetchedListing<WireRoom>;
  speakers: PrefetchedListing<WireSpeaker>;
  submissions: PrefetchedListing<WireSubmission>;
  submissionTypes: PrefetchedListing<WireSubmissionType>;
  tracks(): Promise<WireTrack[] | null>;
  tags(): Promise<WireTag[] | null>;
  slots(release: Release): PrefetchedListing<WireSlot>;
}

/** Starts all that a run of these entities begins with. Each failure waits for the one who asks for that part. */
export function startReading(readable: Readable, entities: readonly Part[]): void {
  const wanted = new Set(entities);
  const quietly = (promise: Promise<unknown>) => void promise.catch(() => {});
  quietly(readable.event());
  quietly(
    readable.release().then((release) => {
      if (release !== null && (wanted.has('talks') || wanted.has('schedule'))) {
        readable.slots(release).prefetch();
      }
    }),
  );
  if (wanted.has('rooms')) readable.rooms.prefetch();
  if (wanted.has('speakers')) readable.speakers.prefetch();
  if (wanted.has('talks')) {
    readable.submissions.prefetch();
    readable.submissionTypes.prefetch();
    quietly(readable.tracks());
    quietly(readable.tags());
  }
}

/**
 * Reads the beginning of everything that a run of these entities needs.
 *
 * @throws PermissionError also when the token is answered with 200 and the public part only: nothing says so but the
 *   missing keys
 */
export async function verifyAccess(
  readable: Readable,
  client: Client,
  entities: readonly Part[],
  hasToken: boolean,
): Promise<void> {
  startReading(readable, entities);
  const wanted = new Set(entities);
  await readable.event();
  const release = await readable.release();
  // Without a token and a release everything is refused, but the release itself is only "not found".
  if (wanted.has('rooms') || (release === null && !hasToken)) await readable.rooms.firstItems();
  if (wanted.has('speakers')) await readable.speakers.firstItems();
  const submissions = wanted.has('talks') ? await readable.submissions.firstItems() : [];
  if (wanted.has('talks')) {
    await readable.submissionTypes.firstItems();
    await readable.tracks();
    await readable.tags();
  }
  const slots =
    release !== null && (wanted.has('talks') || wanted.has('schedule'))
      ? await readable.slots(release).firstItems()
      : [];
  if (hasToken) await verifyWholeView(readable, client, submissions, slots);
}

async function verifyWholeView(
  readable: Readable,
  client: Client,
  submissions: readonly WireSubmission[],
  slots: readonly WireSlot[],
): Promise<void> {
  if (slots.some((slot) => slot.is_visible === undefined)) {
    throw onlyThePublicPart(client.place('slots/'), 'no "is_visible" on slots');
  }
  const judged =
    submissions.length > 0 || slots.length > 0 ? submissions : await readable.submissions.firstItems();
  if (judged.some((submission) => submission.pending_state === undefined)) {
    throw onlyThePublicPart(client.place('submissions/'), 'no "pending_state" on submissions');
  }
  if (judged.length > 0 || slots.length > 0) return;
  // Nothing to see, or nothing that this token may see: only those with the right have a work in progress.
  const answer = await client.get('schedules/wip/');
  if (answer.status === 404) throw onlyThePublicPart(answer.place, 'no work in progress');
  if (answer.status !== 200) throw notPretalx(answer.place, `status ${answer.status}`);
}
