/** The sign of life of a step under way: a heartbeat every two seconds, each of its phases, and rows twice a second. */
import type { Job } from 'bullmq';
import type { Database } from '../db/client.ts';
import type { Logger } from '../log.ts';
import { heartbeat } from '../runs/runs.ts';
import type { Progress } from '../sync/index.ts';
import { withinMs } from '../within.ts';
import type { JobData } from './job.ts';

const heartbeatMs = 2_000;
const progressMs = 500;
const saveTimeoutMs = 4_000;

export class Heartbeat {
  readonly #database: Database;
  readonly #job: Pick<Job, 'updateProgress'>;
  readonly #data: JobData;
  readonly #log: Logger;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  /** Not saved yet: the latest of each phase, in their order. */
  #unsaved: Progress[] = [];
  #phase: Progress['phase'] | undefined;
  #savedAt = 0;
  #waiting: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isSaveWanted = false;

  constructor(database: Database, job: Pick<Job, 'updateProgress'>, data: JobData, log: Logger) {
    this.#database = database;
    this.#job = job;
    this.#data = data;
    this.#log = log;
    this.#timer = setInterval(() => this.#save(), heartbeatMs);
  }

  /** Aborted when the run has ended or has another flow: this job no longer speaks for it. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Notes progress. A new phase is saved at once, how far it is when half a second is over. */
  readonly progress = (progress: Progress): void => {
    const isNewPhase = progress.phase !== this.#phase;
    this.#phase = progress.phase;
    if (this.#unsaved.at(-1)?.phase === progress.phase) this.#unsaved.pop();
    this.#unsaved.push(progress);
    const waitMs = this.#savedAt + progressMs - performance.now();
    if (isNewPhase || waitMs <= 0) this.#save();
    else this.#waiting ??= setTimeout(() => this.#save(), waitMs);
  };

  /** Ends it, with the last progress saved when that takes no longer than a save may. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#unsaved.length > 0) this.#save();
    clearTimeout(this.#waiting);
    await withinMs(this.#saving, saveTimeoutMs, 'no answer in time').catch((error) => this.#missed(error));
  }

  #save(): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#savedAt = performance.now();
    // One under way and one that waits: while a server is silent, more of them would only pile up.
    if (this.#isSaveWanted) return;
    this.#isSaveWanted = true;
    this.#saving = this.#saving.then(() => {
      this.#isSaveWanted = false;
      return this.#send();
    });
  }

  async #send(): Promise<void> {
    const phases = this.#unsaved.splice(0);
    try {
      const isCurrent = Promise.all([this.#saveLatest(phases.at(-1)), this.#show(phases)]);
      const [current] = await withinMs(isCurrent, saveTimeoutMs, 'no answer in time');
      if (!current) this.#lost.abort();
    } catch (error) {
      this.#missed(error);
    }
  }

  /** @returns whether the run still waits for this job */
  #saveLatest(progress: Progress | undefined): Promise<boolean> {
    const { runId, flow, step } = this.#data;
    return heartbeat(this.#database.orm, runId, flow, progress ? { [step]: progress } : {});
  }

  async #show(phases: readonly Progress[]): Promise<void> {
    try {
      for (const progress of phases) await this.#job.updateProgress(progress);
    } catch (error) {
      this.#missed(error);
    }
  }

  #missed(error: unknown): void {
    this.#log.debug({ reason: (error as Error).message }, 'progress could not be saved');
  }
}
