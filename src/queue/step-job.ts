import type { Job } from 'bullmq';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import type { Logger } from '../log.ts';
import type { RunRow } from '../runs/runs.ts';
import type { performStep, readingFor } from '../sync/index.ts';
import type { Dispatcher } from './dispatch.ts';
import type { JobData, JobReturn } from './job.ts';
import type { Observer } from './observe.ts';
import type { Readings } from './readings.ts';

/** The steps themselves, and how their upstream is opened. */
export interface Steps {
  perform: typeof performStep;
  openReading: typeof readingFor;
}

export interface ProcessorParts {
  database: Database;
  config: Config;
  log: Logger;
  steps: Steps;
  dispatcher: Dispatcher;
  readings: Readings;
  observe: Observer;
  /** Aborted when the worker closes: jobs under way are handed back. */
  closing: AbortSignal;
  /** Do jobs of this conference only, and leave others to other workers. */
  onlyConferenceId: number | undefined;
}

/** One job under way. */
export interface StepJob {
  readonly job: Job<JobData, JobReturn>;
  readonly token: string | undefined;
  readonly data: JobData;
  readonly parts: ProcessorParts;
  /** From here on: known once the step has begun. */
  run?: RunRow;
  log?: Logger;
  /** Aborted when the worker closes, or when the run no longer waits for this job. */
  ends?: AbortSignal;
}
