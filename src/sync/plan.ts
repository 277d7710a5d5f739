/**
 * What a sync would do. A plan is that sync, in a transaction that is rolled back: so it can't disagree with it, and
 * nothing of it is ever seen.
 */
import type { Logger } from 'pino';
import { v7 as uuid } from 'uuid';
import type { Config } from '../config.ts';
import type { Database, Db } from '../db/client.ts';
import { entities } from '../db/schema/index.ts';
import type { RemovalGuardError } from '../errors.ts';
import { type Change, changesOf } from '../history/changes/index.ts';
import type { ConferenceRow, StepContext } from './context.ts';
import { memoryJournal } from './journal.ts';
import { performStep } from './perform.ts';
import { readingFor } from './reading.ts';
import { type CountedEntity, changedKeys, type RunResult } from './result.ts';
import { stepNames } from './steps.ts';

export interface Plan {
  /** what `sync` would have as its result */
  result: RunResult;
  /** keys of what would be added, changed and removed */
  keys: Record<CountedEntity, { added: string[]; changed: string[]; removed: string[] }>;
  /** the same as `changes` would tell it */
  changes: Change[];
  /** what the guard would hold, in its words */
  held: string[];
}

class PlanMade extends Error {}

/**
 * Fetches the event and shows what a sync of all entities would change; writes nothing that lasts. While it compares,
 * a sync of the same conference waits.
 *
 * @throws GreenroomError for all that a sync's steps throw, except that the guard holds nothing
 */
export async function planRun(
  database: Database,
  config: Config,
  conference: ConferenceRow,
  log: Logger,
  signal: AbortSignal,
): Promise<Plan> {
  const reading = readingFor(conference, config, log, signal);
  const held: RemovalGuardError[] = [];
  let plan: Plan | undefined;
  try {
    await database.orm.transaction(async (tx) => {
      const orm = tx as unknown as Db;
      const run = {
        id: uuid(),
        entities: [...entities],
        allowRemovalsOf: [],
        approved: null,
        actor: 'plan',
        trigger: 'cli' as const,
        comment: null,
        remoteAddr: null,
      };
      const context: StepContext = {
        database: { ...database, orm },
        config,
        log,
        run,
        flow: 0,
        conference,
        reading,
        signal,
        journal: memoryJournal(),
        progress: () => {},
        held: (error) => held.push(error),
      };
      let result: RunResult | undefined;
      for (const step of stepNames) result = (await performStep(step, context)).result ?? result;
      plan = {
        result: result as RunResult,
        keys: await changedKeys(orm, run.id),
        changes: await changesOf(orm, conference, { run: run.id }),
        held: held.map((error) => error.message),
      };
      throw new PlanMade();
    });
  } catch (error) {
    if (!(error instanceof PlanMade)) throw error;
  } finally {
    reading.close();
  }
  return plan as Plan;
}
