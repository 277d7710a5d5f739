import type { Logger } from 'pino';
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

/** A page of a listing, without what an earlier page of it had. It is good until the next one is asked for. */
export interface ReadPage<T> {
  /** Its items, in upstream's order; parsed at the first call. @throws WireShapeError, NotPretalxError */
  items(): T[];
  /**
   * The same object for a page with the same bytes, as long as this process remembers them: what was made of a page can
   * be kept by it for the next sync. Undefined where the items don't follow from the bytes alone.
   */
  readonly bytes: object | undefined;
}

/** All of one kind that upstream has, never handed out as complete before it was proven to be. */
export interface Listing<T> {
  /**
   * Runs `consume` over the pages as they come, in upstream's order and without duplicates. When the reading turns out
   * to be incomplete, the iteration throws `ListingDrifted`; `consume` lets it through (its transaction rolls back) and
   * is run again on a fresh reading, up to three times.
   *
   * @throws IncompleteListingError when no reading was complete, or any error of the request or of `consume`
   */
  read<R>(consume: (pages: AsyncIterable<ReadPage<T>>) => Promise<R>): Promise<R>;
  /** The whole listing at once. */
  all(): Promise<T[]>;
}

/** What a run can be asked for, as `sync_runs.entities` has it. */
export type Part = 'rooms' | 'speakers' | 'talks' | 'schedule' | 'defaults';

/** A released schedule. */
export interface Release {
  id: number;
  version: string | null;
}

/** One event, read for one run. What several callers ask for is asked of upstream once. */
export interface ProgrammeReading {
  /** Tells readings apart, also those of other workers. */
  readonly id: string;
  /** Which event is read, and where. */
  readonly address: string;
  /**
   * Finds out, before anything is written, whether all that a run of these entities needs may be read.
   *
   * @throws PermissionError naming what is missing, UnauthorizedError, UnknownEventError
   */
  verifyAccess(entities: readonly Part[]): Promise<void>;
  event(): Promise<WireEvent>;
  /** The latest release, asked once; null before the first. */
  release(): Promise<Release | null>;
  /** The latest release, asked anew. */
  currentRelease(): Promise<Release | null>;
  rooms(): Listing<WireRoom>;
  speakers(): Listing<WireSpeaker>;
  submissions(): Listing<WireSubmission>;
  submissionTypes(): Listing<WireSubmissionType>;
  /** Null: the event has no tracks. */
  tracks(): Promise<WireTrack[] | null>;
  /** Null: they can't be read, which is one of the warnings. */
  tags(): Promise<WireTag[] | null>;
  /** Its pages stay good as long as the reading is open. */
  slots(release: Release): Listing<WireSlot>;
  /** Starts reading in the background what a run of these entities needs, a few pages ahead. */
  prefetch(entities: readonly Part[]): void;
  /** What was odd but no failure, one sentence each. */
  warnings(): string[];
  /** Ends what is still under way. */
  close(): void;
}

/** What is needed of the settings (`Config['pretalx']`). */
interface UpstreamSettings {
  concurrency: number;
  connectTimeoutMs: number;
  timeoutMs: number;
}

export interface ReadingOptions {
  /** Where pretalx is; may have a path. */
  baseUrl: string;
  eventSlug: string;
  token: string | undefined;
  /** The variable that the token came from, for messages; PRETALX_TOKEN unless given. */
  tokenName?: string | undefined;
  config: UpstreamSettings;
  signal?: AbortSignal | undefined;
  log?: Logger | undefined;
  /** Called after each response, for metrics. */
  onResponse?: ((response: { status: number; ms: number }) => void) | undefined;
}
