/** What a failure means for the job and for its run. */
import { DelayedError, UnrecoverableError } from 'bullmq';
import { databaseFailure } from '../db/failure.ts';
import {
  DatabaseUnavailableError,
  GreenroomError,
  ObsoleteJobError,
  RemovalGuardError,
  UpstreamBusyError,
} from '../errors.ts';
import type { Logger } from '../log.ts';
import { countFailure, failRun, holdRun, runError, waitUntil } from '../runs/runs.ts';
import { AttemptFailedError, backoffDelayMs } from './backoff.ts';
import type { JobReturn } from './job.ts';
import type { StepJob } from './step-job.ts';

/** How long to leave a database alone that is away; uses up no attempt. */
const databaseAwayMs = 2_000;
/** How long to wait when PostgreSQL refuses the question itself, such as between two releases of greenroom. */
const lookupFailedMs = 30_000;
const movedOn = 'the run moved on';

/**
 * Decides: end politely, hand back, wait, try again, hold or fail.
 *
 * @returns what the job returns, when it has nothing more to do
 * @throws DelayedError when the job waits in the queue for its next time
 * @throws AttemptFailedError for BullMQ to try again after the pause
 * @throws UnrecoverableError when the run has failed for good
 */
export async function afterFailure(stepJob: StepJob, thrown: unknown): Promise<JobReturn> {
  if (thrown instanceof DelayedError) throw thrown;
  const { parts, data } = stepJob;
  try {
    return await decide(stepJob, databaseFailure(thrown, parts.database.url));
  } catch (error) {
    const failure = databaseFailure(error, parts.database.url);
    if (!(failure instanceof DatabaseUnavailableError)) throw error;
    return await waitFor(stepJob, databaseAwayMs);
  } finally {
    parts.readings.end(data.runId, data.flow);
  }
}

async function decide(stepJob: StepJob, error: unknown): Promise<JobReturn> {
  const { parts, data, ends, run } = stepJob;
  const { orm } = parts.database;
  const log = stepJob.log ?? parts.log.child({ run: data.runId, step: data.step });
  if (parts.closing.aborted) {
    log.info('the worker closes; the step is handed back');
    return waitFor(stepJob, 0);
  }
  if (error instanceof ObsoleteJobError || ends?.aborted) {
    return obsolete(log, error instanceof ObsoleteJobError ? error.message : movedOn);
  }
  if (error instanceof DatabaseUnavailableError) {
    log.warn({ reason: messageOf(error) }, 'the database is away; the step waits for it');
    return waitFor(stepJob, databaseAwayMs);
  }
  if (!run) {
    log.error({ err: error }, 'the run can not be looked up; the step waits');
    return waitFor(stepJob, lookupFailedMs);
  }
  if (error instanceof RemovalGuardError) return hold(stepJob, error, log);
  if (error instanceof UpstreamBusyError) {
    log.info({ waitMs: error.retryAfterMs }, error.message);
    await waitUntil(orm, data.runId, data.flow, error.retryAfterMs, error);
    return waitFor(stepJob, error.retryAfterMs);
  }
  if (error instanceof GreenroomError && !error.isTransient) return fail(stepJob, error, log);
  const counted = await countFailure(orm, data.runId, data.flow, {
    step: data.step,
    attempts: parts.config.retry.attempts,
    delayMs: (failed) => backoffDelayMs(failed, parts.config.retry),
    error,
  });
  if (!counted) return obsolete(log, movedOn);
  if (counted.retryInMs === undefined) return fail(stepJob, error, log);
  log.warn(
    { attempt: counted.failed, retryInMs: counted.retryInMs, reason: messageOf(error) },
    'attempt failed',
  );
  throw new AttemptFailedError(messageOf(error), counted.retryInMs, error);
}

/** Nobody else says so: the run may be gone, with its conference. */
function obsolete(log: Logger, reason: string): JobReturn {
  log.info({ reason }, 'the step ends without effect');
  return { outcome: 'obsolete', reason };
}

async function hold(stepJob: StepJob, error: RemovalGuardError, log: Logger): Promise<JobReturn> {
  const { parts, data } = stepJob;
  const held = await holdRun(parts.database.orm, data.runId, data.flow, error);
  if (held) {
    log.warn(error.message);
    parts.observe.onRunEnd?.('held');
    await parts.dispatcher.enqueueNext(held.conferenceId);
  }
  return { outcome: 'held', reason: error.message };
}

async function fail(stepJob: StepJob, error: unknown, log: Logger): Promise<never> {
  const { parts, data } = stepJob;
  const failed = await failRun(parts.database.orm, data.runId, data.flow, error);
  if (failed) {
    log.error({ attempts: failed.attempts }, `run failed: ${messageOf(error)}`);
    if (!(error instanceof GreenroomError)) log.debug({ err: error }, 'what was thrown');
    parts.observe.onRunEnd?.('failed');
    await parts.dispatcher.enqueueNext(failed.conferenceId);
  }
  throw new UnrecoverableError(messageOf(error));
}

/** Back into the queue, without using up an attempt. */
async function waitFor({ job, token }: StepJob, delayMs: number): Promise<never> {
  await job.moveToDelayed(Date.now() + delayMs, token);
  throw new DelayedError();
}

function messageOf(error: unknown): string {
  return runError(error).message;
}
