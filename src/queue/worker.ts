import { hostname } from 'node:os';
import type { Job, Worker } from 'bullmq';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import type { Logger } from '../log.ts';
import { findRun } from '../runs/runs.ts';
import { performStep, readingFor } from '../sync/index.ts';
import { withinMs } from '../within.ts';
import type { Backend } from './backend.ts';
import { backoffStrategy } from './backoff.ts';
import type { Dispatcher } from './dispatch.ts';
import { type JobData, type JobReturn, queueName } from './job.ts';
import { workerTiming } from './job-options.ts';
import type { Observer } from './observe.ts';
import { createProcessor } from './processor.ts';
import { Readings } from './readings.ts';
import type { Steps } from './step-job.ts';
import { Sweeper, type SweeperParts } from './sweeper.ts';

/** Works off jobs in this process until it is closed. */
export interface SyncWorker {
  /** Hands back what is under way and ends, within five seconds. The runs go on in another worker. */
  close(): Promise<void>;
}

export interface WorkerOptions {
  /** Jobs at the same time; `GREENROOM_WORKER_CONCURRENCY` unless given. */
  concurrency?: number;
  /** Work off this run, and others of its conference that are in its way; leave the rest to other workers. */
  onlyRun?: string;
  /** Unless given: counts for Prometheus, when it works off whatever comes. */
  observe?: Observer;
  /** The steps of a run, unless given. */
  steps?: Steps;
}

export interface WorkerParts extends Omit<SweeperParts, 'observe' | 'schedules'> {
  config: Config;
  database: Database;
  backend: Backend;
  dispatcher: Dispatcher;
  log: Logger;
}

const closeMs = 4_500;

/** @throws NotFoundError when there is no run `onlyRun` */
export async function startWorker(parts: WorkerParts, options: WorkerOptions = {}): Promise<SyncWorker> {
  const { config, backend, database, log } = parts;
  const onlyConferenceId = options.onlyRun
    ? (await findRun(database.orm, options.onlyRun)).conferenceId
    : undefined;
  const closing = new AbortController();
  const observe = options.observe ?? (await observer(options.onlyRun));
  const processor = createProcessor({
    ...parts,
    readings: new Readings(),
    closing: closing.signal,
    onlyConferenceId,
    steps: options.steps ?? { perform: performStep, openReading: readingFor },
    observe,
  });
  // Written out, because BullMQ gives its signal only to a processor with three parameters.
  const worker = new backend.classes.Worker<JobData, JobReturn>(
    queueName,
    (job: Job<JobData, JobReturn>, token?: string, signal?: AbortSignal) => processor(job, token, signal),
    {
      ...backend.options,
      // The sweeper finds a silent run after 6.5 to 8 s, before BullMQ finds its job.
      ...workerTiming,
      name: `${hostname()}-${process.pid}`,
      concurrency: options.concurrency ?? config.workerConcurrency,
      settings: { backoffStrategy: backoffStrategy(config.retry) },
    },
  );
  worker.on('error', (error) => log.debug({ reason: error.message }, 'worker'));
  worker.on('stalled', (job) => log.warn({ job }, 'a job whose worker is gone is done again'));
  const sweeper = new Sweeper({ ...parts, observe, schedules: onlyConferenceId === undefined });
  let closed: Promise<void> | undefined;
  return {
    close() {
      closed ??= closeAll(worker as unknown as Worker, sweeper, closing, log);
      return closed;
    },
  };
}

/** Nobody asks a command for its metrics, so their library is not loaded for one run. */
async function observer(onlyRun: string | undefined): Promise<Observer> {
  if (onlyRun !== undefined) return {};
  const { metricsObserver } = await import('./metrics-observer.ts');
  return metricsObserver;
}

async function closeAll(
  worker: Worker,
  sweeper: Sweeper,
  closing: AbortController,
  log: Logger,
): Promise<void> {
  await worker.pause(true);
  closing.abort(new Error('the worker closes'));
  worker.cancelAllJobs('the worker closes');
  try {
    const ends = Promise.all([worker.close(), sweeper.close()]);
    await withinMs(ends, closeMs, 'jobs were not handed back in time');
  } catch (error) {
    log.warn({ reason: (error as Error).message }, 'the worker closed without waiting any longer');
    // Not `disconnect`, which would end the connection that the queue shares with it.
    void worker
      .getBackend()
      .disconnectBlocking(false)
      .catch(() => undefined);
  }
}
