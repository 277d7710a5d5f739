/**
 * The one transaction of a step. It is opened when the first rows have to be written, which for a large listing is
 * before the listing's end: whatever then proves wrong (an incomplete listing, the guard) rolls all of it back.
 */
import { eq, sql } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import { referencedRows } from '../db/failure.ts';
import { conferences } from '../db/schema/index.ts';
import { EventChangedError, ObsoleteJobError } from '../errors.ts';
import { type Recorder, withTransaction } from '../history/record.ts';
import type { StepContext } from './context.ts';
import { runJournal, type StepJournal } from './journal.ts';
import { eventAddress } from './reading.ts';
import type { StepName, StepOutcome } from './steps.ts';

interface Opened {
  tx: Tx;
  history: Recorder;
}

/** Thrown inside a step's transaction when another worker has finished the step meanwhile. */
class StepDoneElsewhere extends Error {
  readonly outcome: StepOutcome;
  constructor(outcome: StepOutcome) {
    super('another worker finished this step');
    this.outcome = outcome;
  }
}

export class StepTransaction {
  readonly #context: StepContext;
  readonly #step: StepName;
  readonly #journal: StepJournal;
  readonly #startedAt = performance.now();
  readonly #decided = Promise.withResolvers<StepOutcome>();
  #opened: Promise<Opened> | undefined;
  #ended: Promise<void> | undefined;

  constructor(context: StepContext, step: StepName) {
    this.#context = context;
    this.#step = step;
    this.#journal = context.journal ?? runJournal(context.run, context.conference.id);
    // Nobody waits for it when the transaction can't even be opened.
    this.#decided.promise.catch(() => undefined);
  }

  /** Opens the transaction, once: alone for the conference, and only while this job still speaks for the run. */
  open(): Promise<Opened> {
    this.#opened ??= new Promise((resolve, reject) => {
      const { run, conference } = this.#context;
      const info = {
        actor: run.actor ?? run.trigger,
        remoteAddr: run.remoteAddr,
        comment: run.comment,
        runId: run.id,
        conferenceId: conference.id,
      };
      this.#ended = withTransaction(this.#context.database, info, async (tx, history) => {
        await this.#assertCurrent(tx);
        resolve({ tx, history });
        const outcome = await this.#decided.promise;
        outcome.warnings.push(...this.#context.reading.warnings());
        outcome.readingId = this.#context.reading.id;
        outcome.readFrom = this.#context.reading.address;
        await this.#assertSameEvent(tx);
        await this.#journal.write(tx, this.#step, outcome, Math.round(performance.now() - this.#startedAt));
      });
      this.#ended.catch(reject);
    });
    return this.#opened;
  }

  /** Commits the step with its outcome. */
  async commit(outcome: StepOutcome): Promise<void> {
    await this.open();
    this.#decided.resolve(outcome);
    await this.#ended;
  }

  /** Undoes all that was written; harmless when nothing was. */
  async rollback(reason: unknown): Promise<void> {
    if (!this.#opened) return;
    this.#decided.reject(reason);
    await this.#ended?.catch(() => undefined);
  }

  async #assertCurrent(tx: Tx): Promise<void> {
    const { run, flow, signal } = this.#context;
    signal.throwIfAborted();
    if (this.#context.journal) return;
    const [row] = await tx.execute<{ state: string; flow: number; done: StepOutcome | null }>(sql`
      select r.state, r.flow, s.outcome as done from greenroom.sync_runs r
        left join greenroom.sync_steps s on s.run_id = r.id and s.step = ${this.#step} where r.id = ${run.id}`);
    if (row?.state !== 'running' || row.flow !== flow) {
      throw new ObsoleteJobError(
        `Run ${run.id} is ${row?.state ?? 'gone'} and no longer waits for this job.`,
      );
    }
    if (row.done && !this.#context.again) throw new StepDoneElsewhere(row.done);
  }

  /** Whoever names another event from here on waits until this transaction has ended. */
  async #assertSameEvent(tx: Tx): Promise<void> {
    const { journal, conference, reading, config } = this.#context;
    if (journal) return;
    const [now] = await tx.select().from(conferences).where(eq(conferences.id, conference.id)).for('share');
    if (now && eventAddress(now, config) !== reading.address) {
      throw new EventChangedError(
        `Conference "${conference.slug}" was given another event or pretalx server while the run was reading the one before, of which nothing more was written. Sync again to read the new one.`,
      );
    }
  }
}

/**
 * Runs `work` with a transaction of its own; whatever it throws undoes it.
 *
 * @returns the outcome that counts, which may be another worker's
 */
export async function inStepTransaction(
  context: StepContext,
  step: StepName,
  work: (transaction: StepTransaction) => Promise<StepOutcome>,
): Promise<StepOutcome> {
  const transaction = new StepTransaction(context, step);
  try {
    const outcome = await work(transaction);
    await transaction.commit(outcome);
    return outcome;
  } catch (error) {
    await transaction.rollback(error);
    if (error instanceof StepDoneElsewhere) return error.outcome;
    throw referencedRows(error);
  }
}
