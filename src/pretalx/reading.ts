import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import {
  IncompleteListingError,
  NotPretalxError,
  PermissionError,
  UnauthorizedError,
  UpstreamUnavailableError,
} from '../errors.ts';
import { type Readable, startReading, verifyAccess } from './access.ts';
import { openClient } from './client.ts';
import { notPretalx, unknownEvent } from './failures.ts';
import { openListing, openRememberedListing, type PrefetchedListing } from './listing.ts';
import { type Oddities, warningsOf } from './oddities.ts';
import type { ListingSource } from './page-reader.ts';
import { parseAnswer } from './parse.ts';
import type { ProgrammeReading, ReadingOptions } from './programme-reading.ts';
import { askRelease } from './release.ts';
import {
  roomSource,
  slotSource,
  speakerSource,
  submissionSource,
  submissionTypeSource,
  tagSource,
  trackSource,
} from './sources.ts';
import { type WireEvent, type WireSlot, type WireTag, type WireTrack, wireEvent } from './wire.ts';

export type * from './programme-reading.ts';

/** So many times what may be asked at once is asked for ahead, so that listings flow into each other without a pause. */
const ROUNDS_AHEAD = 3;

/** An event's `address`. */
export const addressOf = ({ baseUrl, eventSlug }: Pick<ReadingOptions, 'baseUrl' | 'eventSlug'>): string =>
  `${baseUrl} ${eventSlug}`;

/** Opens one event for one run. Nothing is requested until somebody asks for something. */
export function openReading(options: ReadingOptions): ProgrammeReading {
  const { config, token, eventSlug } = options;
  const closing = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, closing.signal]) : closing.signal;
  setMaxListeners(0, signal);
  const client = openClient({ ...options, signal });
  const currentRelease = () => askRelease(client);
  const warnings = new Set<string>();

  const optionsFor = ({ name }: { name: string }) => ({
    ahead: config.concurrency * ROUNDS_AHEAD,
    onOddities(oddities: Oddities) {
      for (const warning of warningsOf(name, oddities)) warnings.add(warning);
    },
  });
  const streamed = <T>(source: ListingSource<T>) =>
    openListing(client, source, { ...optionsFor(source), keepsPages: false });
  const remembered = <T>(source: ListingSource<T>) =>
    openRememberedListing(client, source, optionsFor(source));

  const slotListings = new Map<number, PrefetchedListing<WireSlot>>();
  const rooms = remembered(roomSource);
  const speakers = streamed(speakerSource);
  const submissions = streamed(submissionSource);
  const submissionTypes = remembered(submissionTypeSource);

  async function readEvent(): Promise<WireEvent> {
    const answer = await client.get('');
    if (answer.status === 404) throw unknownEvent(answer.place);
    if (answer.status !== 200) throw notPretalx(answer.place, `status ${answer.status}`);
    return parseAnswer(answer, wireEvent).value;
  }

  async function readTracks(): Promise<WireTrack[] | null> {
    try {
      return await streamed(trackSource).all();
    } catch (error) {
      if (!(error instanceof PermissionError)) throw error;
      const some = await submissions.firstItems();
      if (some.some((submission) => 'track' in submission)) throw error;
      return null;
    }
  }

  async function readTags(): Promise<WireTag[] | null> {
    try {
      return await streamed(tagSource).all();
    } catch (error) {
      if (!isNoReasonToFail(error, token !== undefined)) throw error;
      warnings.add(
        `The tags of event "${eventSlug}" can't be read; talks keep the tags they have. (${error.message})`,
      );
      return null;
    }
  }

  const readable: Readable = {
    event: once(readEvent),
    release: once(currentRelease),
    rooms,
    speakers,
    submissions,
    submissionTypes,
    tracks: once(readTracks),
    tags: once(readTags),
    slots(release) {
      const known = slotListings.get(release.id) ?? remembered(slotSource(release));
      slotListings.set(release.id, known);
      return known;
    },
  };
  return {
    id: randomUUID(),
    address: addressOf(options),
    event: readable.event,
    release: readable.release,
    currentRelease,
    rooms: () => rooms,
    speakers: () => speakers,
    submissions: () => submissions,
    submissionTypes: () => submissionTypes,
    tracks: readable.tracks,
    tags: readable.tags,
    slots: readable.slots,
    verifyAccess: (entities) => verifyAccess(readable, client, entities, token !== undefined),
    prefetch: (entities) => startReading(readable, entities),
    warnings: () => [...warnings],
    close: () => closing.abort(new Error('The reading was closed')),
  };
}

/** Asks once and remembers the answer, also while it is under way. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}

/** Tags are a nicety: not being shown them stops nothing. A wrong token, a full stop or a changed shape still does. */
function isNoReasonToFail(error: unknown, hasToken: boolean): error is Error {
  return (
    error instanceof PermissionError ||
    error instanceof UpstreamUnavailableError ||
    error instanceof IncompleteListingError ||
    error instanceof NotPretalxError ||
    (error instanceof UnauthorizedError && !hasToken)
  );
}
