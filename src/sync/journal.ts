/** Keeps what each step of a run left, so that a step that is done is not done again by another worker. */
import { and, eq } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { syncState, syncSteps } from '../db/schema/index.ts';
import type { StepName, StepOutcome } from './steps.ts';

export interface StepJournal {
  read(executor: Executor, step: StepName): Promise<StepOutcome | undefined>;
  write(tx: Executor, step: StepName, outcome: StepOutcome, durationMs: number): Promise<void>;
}

/** The journal of a run: rows of `sync_steps`, and `sync_state` with the last complete reading of each entity. */
export function runJournal(runId: string, conferenceId: number): StepJournal {
  return {
    async read(executor, step) {
      const [row] = await executor
        .select({ outcome: syncSteps.outcome })
        .from(syncSteps)
        .where(and(eq(syncSteps.runId, runId), eq(syncSteps.step, step)));
      return row?.outcome as StepOutcome | undefined;
    },
    async write(tx, step, outcome, durationMs) {
      const values = { outcome, durationMs, doneAt: new Date() };
      await tx
        .insert(syncSteps)
        .values({ runId, step, ...values })
        .onConflictDoUpdate({ target: [syncSteps.runId, syncSteps.step], set: values });
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
    read: async (_executor, step) => outcomes.get(step),
    write: async (_tx, step, outcome) => {
      outcomes.set(step, outcome);
    },
  };
}
