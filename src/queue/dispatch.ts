/** Puts into the queue what PostgreSQL says is due. Whoever notices first does it; a queue that is away is no failure. */
import type { FlowProducer, Queue } from 'bullmq';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import type { Logger } from '../log.ts';
import {
  countLostWorkers,
  dueRuns,
  errorNow,
  failAbandonedRun,
  forgetFlow,
  nextFlows,
  type RunRow,
  staleRuns,
  touchRuns,
} from '../runs/runs.ts';
import { stepsOf } from '../sync/steps.ts';
import { withinMs } from '../within.ts';
import type { Backend } from './backend.ts';
import { addFlow } from './flow.ts';
import { jobId } from './job.ts';
import type { Observer } from './observe.ts';

/** So many lost workers mean that the run itself kills them. */
const mostLostWorkers = 50;

/** So many runs are looked after in one sweep. */
const mostAtOnce = 200;
const queueTimeoutMs = 5_000;
const waiting = ['waiting', 'prioritized', 'delayed', 'paused'];

export interface DispatcherParts {
  database: Database;
  backend: Backend;
  queue: Pick<Queue, 'getJobState'>;
  flows: Pick<FlowProducer, 'add'>;
  retry: Config['retry'];
  log: Logger;
}

export class Dispatcher {
  readonly #parts: DispatcherParts;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  /**
   * Enqueues the next run of each conference, or of one.
   *
   * @param options.recheckMs also look after runs that were enqueued longer ago than this: their jobs may be lost
   * @throws what the database throws
   */
  async enqueueDue(options: { conferenceId?: number | undefined; recheckMs: number }): Promise<void> {
    const { database, backend } = this.#parts;
    if (!backend.isUp()) return;
    const runs = await dueRuns(database.orm, { ...options, limit: mostAtOnce });
    const alive = await this.#idsWithJob(
      runs.filter((run) => run.heartbeatAt !== null),
      [...waiting, 'active'],
    );
    await this.#enqueue(runs.filter((run) => !alive.has(run.id)));
  }

  /** The next run of a conference, or of each; what fails here is left to the sweeper. */
  async enqueueNext(conferenceId?: number): Promise<void> {
    try {
      await this.enqueueDue({ conferenceId, recheckMs: 60_000 });
    } catch (error) {
      this.#parts.log.debug({ reason: (error as Error).message }, 'the next run is left to the sweeper');
    }
  }

  /**
   * Gives running runs whose worker is silent a new flow, unless their next job still waits in the queue. One that has
   * lost too many workers is given up, which `observe` is told.
   *
   * @throws what the database throws
   */
  async takeOverStale({ staleMs, observe }: { staleMs: number; observe: Observer }): Promise<void> {
    const { database, backend, log } = this.#parts;
    if (!backend.isUp()) return;
    const runs = await staleRuns(database.orm, { staleMs, limit: mostAtOnce });
    const alive = await this.#idsWithJob(runs, waiting);
    const dead = runs.filter((run) => !alive.has(run.id));
    const hopeless = dead.filter((run) => run.workersLost >= mostLostWorkers);
    for (const run of hopeless) {
      const failed = await failAbandonedRun(database.orm, run);
      if (!failed) continue;
      log.error({ run: run.id }, `run failed: ${errorNow(failed)?.message}`);
      observe.onRunEnd?.('failed');
    }
    const others = dead.filter((run) => !hopeless.includes(run));
    for (const run of others) log.warn({ run: run.id }, "the run's worker is silent; another one goes on");
    const goesOn = await this.#enqueue(others);
    await countLostWorkers(
      database.orm,
      goesOn.map((run) => run.id),
    );
  }

  /** The ids of those runs whose flow has a job in one of these states; they are noted as seen. */
  async #idsWithJob(runs: readonly RunRow[], states: readonly string[]): Promise<Set<string>> {
    if (runs.length === 0) return new Set();
    const { queue, database } = this.#parts;
    const look = runs.map(async (run) => {
      const steps = stepsOf(run.entities).map((step) => queue.getJobState(jobId(run.id, run.flow, step)));
      return (await Promise.all(steps)).some((state) => states.includes(state)) ? run.id : undefined;
    });
    const found = await withinMs(Promise.all(look), queueTimeoutMs, 'the queue did not answer in time');
    const alive = found.filter((id) => id !== undefined);
    await touchRuns(database.orm, alive);
    return new Set(alive);
  }

  /** Gives those runs their next flow that still need one; returns those that the queue took. */
  async #enqueue(runs: readonly RunRow[]): Promise<RunRow[]> {
    const { database } = this.#parts;
    const numbered = await nextFlows(database.orm, runs);
    const added = await Promise.all(numbered.map((run) => this.#add(run)));
    return numbered.filter((_, index) => added[index]);
  }

  async #add(run: RunRow): Promise<boolean> {
    const { backend, database, flows, log, retry } = this.#parts;
    try {
      const { firstJob, options } = backend;
      const added = addFlow(flows, run, { firstJob, prefix: options.prefix, retry });
      await withinMs(added, queueTimeoutMs, 'the queue did not answer in time');
      log.debug({ run: run.id, flow: run.flow }, 'enqueued');
      return true;
    } catch (error) {
      const reason = (error as Error).message;
      log.warn({ run: run.id, reason }, 'the run could not be enqueued yet; the sweeper will do it');
      if (run.state === 'queued') await forgetFlow(database.orm, run.id, run.flow);
      await backend.mend(error);
      return false;
    }
  }
}
