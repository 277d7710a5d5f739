/** The steps of a run, and what each leaves behind. */
import type { Entity } from '../db/schema/index.ts';

/** A run's jobs, in their order. The last one also places talks, applies defaults and removes what is gone. */
export const stepNames = ['rooms', 'speakers', 'talks', 'schedule'] as const;
export type StepName = (typeof stepNames)[number];

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
  /** the reading that the step looked at; what it found gone may be back in another one */
  readingId?: string;
  /** the event that was read, as the reading's `address` */
  readFrom?: string;
  /** of the talks step: id of the release that it looked at; null before the first */
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
