/** What a step is given, and what it leaves behind. */
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import type { conferences, Entity, syncRuns } from '../db/schema/index.ts';
import type { RemovalGuardError } from '../errors.ts';
import type { ProgrammeReading } from '../pretalx/reading.ts';
import type { StepJournal } from './journal.ts';

export type ConferenceRow = typeof conferences.$inferSelect;
export type RunRow = typeof syncRuns.$inferSelect;

/** A run's jobs, in their order. The last one also places talks, applies defaults and removes what is gone. */
export const stepNames = ['rooms', 'speakers', 'talks', 'schedule'] as const;
export type StepName = (typeof stepNames)[number];

/** What `job.updateProgress` is given; `current` and `total` are rows. */
export type Progress =
  | { phase: 'fetching' }
  | { phase: 'writing'; current: number; total: number }
  | { phase: 'done'; count: number };

/** The part of a run that a step needs to know. A plan has no row in `sync_runs`. */
export type StepRun = Pick<
  RunRow,
  'id' | 'entities' | 'allowRemovals' | 'approved' | 'actor' | 'trigger' | 'comment' | 'remoteAddr'
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
  /** For plans: told what the guard would hold, which then goes on. */
  held?(error: RemovalGuardError): void;
}

/** A row that is gone upstream: its key, and the state it ended in where upstream still says one. */
export interface Removal {
  key: string;
  state?: string;
}

/** What a finished step leaves for the run's later steps and for its result. */
export interface StepOutcome {
  /** items that upstream has */
  count: number;
  /** what the last step removes, by entity */
  removals: Partial<Record<RemovableEntity, Removal[]>>;
  warnings: string[];
  /** id of the release that the step looked at; null before the first */
  releaseId?: number | null;
  counters: Partial<
    Record<'unscheduled_talks' | 'type_defaults_applied' | 'skipped_slots' | 'unknown_speakers', number>
  >;
}

export type RemovableEntity = 'rooms' | 'speakers' | 'talks' | 'submission_types' | 'tracks' | 'tags';

/** The steps of a run that was asked for these entities; the last one always belongs to it. */
export function stepsOf(entities: readonly Entity[]): StepName[] {
  return stepNames.filter((step) => step === 'schedule' || entities.includes(step));
}
