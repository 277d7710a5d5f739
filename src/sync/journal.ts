/** Keeps what each step of a run left, so that a step that is done is not done again by another worker. */
import { eq } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { type RunRow, syncState, syncSteps } from '../db/schema/index.ts';
import type { StepName, StepOutcome } from './steps.ts';

/** What the steps of a run left, as far as they are done. */
export type StepOutcomes = ReadonlyMap<StepName, StepOutcome>;

export interface StepJournal {
  read(executor: Executor): Promise<StepOutcomes>;
  write(tx: Executor, step: StepName, outcome: StepOutcome, durationMs: number): Promise<void>;
}

/** The journal of a run: rows of `sync_steps`, and `sync_state` with the last complete reading of each entity. */
export function runJournal(
  { id: runId, entities }: Pick<RunRow, 'id' | 'entities'>,
  conferenceId: number,
): StepJournal {
  return {
    async read(executor) {
      const rows = await executor
        .select({ step: syncSteps.step, outcome: syncSteps.outcome })
        .from(syncSteps)
        .where(eq(syncSteps.runId, runId));
      return new Map(rows.map(({ step, outcome }) => [step as StepName, outcome as StepOutcome]));
    },
    async write(tx, step, outcome, durationMs) {
      const values = { outcome, durationMs, doneAt: new Date() };
      await tx
        .insert(syncSteps)
        .values({ runId, step, ...values })
        .onConflictDoUpdate({ target: [syncSteps.runId, syncSteps.step], set: values });
      // The last step belongs to every run, also to one that does not read the schedule.
      if (!entities.includes(step)) return;
      const state = { runId, completedAt: new Date(), count: outcome.count };
      await tx
        .insert(syncState)
        .values({ conferenceId, entity: step, ...state })
        .onConflictDoUpdate({ target: [syncState.conferenceId, syncState.entity], set: state });
    },
  };
}

/** A journal that is forgotten with its process: for plans. */
export function memoryJournal(): StepJournal {
  const outcomes = new Map<StepName, StepOutcome>();
  return {
    read: async () => new Map(outcomes),
    write: async (_tx, step, outcome) => {
      outcomes.set(step, outcome);
    },
  };
}
