/** What a step is given. */
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import type { ConferenceRow, RunRow } from '../db/schema/index.ts';
import type { RemovalGuardError } from '../errors.ts';
import type { ProgrammeReading, ReadingOptions } from '../pretalx/reading.ts';
import type { StepJournal } from './journal.ts';

export type { ConferenceRow };

/** What `job.updateProgress` is given; `current` and `total` are rows. */
export type Progress =
  | { phase: 'fetching' }
  | { phase: 'writing'; current: number; total: number }
  | { phase: 'done'; count: number };

/** The part of a run that a step needs to know. A plan has no row in `sync_runs`. */
export type StepRun = Pick<
  RunRow,
  'id' | 'entities' | 'allowRemovalsOf' | 'approved' | 'actor' | 'trigger' | 'comment' | 'remoteAddr'
>;

export interface StepContext {
  readonly database: Database;
  readonly config: Config;
  readonly log: Logger;
  readonly run: StepRun;
  readonly flow: number;
  readonly conference: ConferenceRow;
  readonly reading: ProgrammeReading;
  readonly signal: AbortSignal;
  /** Where outcomes of steps are kept; the run's row unless said otherwise. */
  readonly journal?: StepJournal;
  /** Set where a step that was done is done once more, because another release came. */
  readonly again?: boolean;
  progress(progress: Progress): void;
  /** Told of every answer of upstream to a reading that a step opens by itself. */
  readonly onResponse?: ReadingOptions['onResponse'];
  /** For plans: told what the guard would hold, which then goes on. */
  held?(error: RemovalGuardError): void;
}
