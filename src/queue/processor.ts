/** What a job does: its step, if its run still waits for it. PostgreSQL decides, the queue only executes. */
import { DelayedError, type Job, type Processor, UnrecoverableError } from 'bullmq';
import { eq } from 'drizzle-orm';
import type { Database } from '../db/client.ts';
import { conferences, syncRuns } from '../db/schema/index.ts';
import { claimRun, endWait, forgetFlow, type RunRow, succeedRun } from '../runs/runs.ts';
import type { ConferenceRow } from '../sync/context.ts';
import { eventAddress, type RunResult } from '../sync/index.ts';
import { Heartbeat } from './heartbeat.ts';
import { type JobData, type JobReturn, readJobData } from './job.ts';
import type { Observer } from './observe.ts';
import { afterFailure } from './step-failure.ts';
import type { ProcessorParts, StepJob } from './step-job.ts';

/** How long a step may take to notice that its worker closes; then its job is handed back all the same. */
const abortGraceMs = 2_500;
const leaveToOthersMs = 1_000;

export function createProcessor(parts: ProcessorParts): Processor<JobData, JobReturn> {
  return async (job: Job<JobData, JobReturn>, token?: string, signal?: AbortSignal): Promise<JobReturn> => {
    let data: JobData;
    try {
      data = readJobData(job.data);
    } catch (error) {
      throw new UnrecoverableError((error as Error).message);
    }
    const stepJob: StepJob = { job, token, data, parts };
    try {
      const found = await find(parts.database, data.runId);
      if (!found || found.run.flow !== data.flow) {
        return obsolete(found ? 'another flow of the run took over' : 'the run is gone');
      }
      const { conference } = found;
      if (parts.onlyConferenceId !== undefined && conference.id !== parts.onlyConferenceId) {
        await job.moveToDelayed(Date.now() + leaveToOthersMs, token);
        throw new DelayedError();
      }
      const run = await currentRun(parts.database, found.run);
      if (!run) {
        await forgetFlow(parts.database.orm, data.runId, data.flow);
        return { outcome: 'waits', reason: 'another run of the conference goes first, or it is paused' };
      }
      if (run.state !== 'running') return obsolete(`the run is ${run.state}`);
      return await perform(stepJob, run, conference, signal);
    } catch (error) {
      return afterFailure(stepJob, error);
    }
  };
}

/** Does the step. */
async function perform(
  stepJob: StepJob,
  run: RunRow,
  conference: ConferenceRow,
  signal: AbortSignal | undefined,
): Promise<JobReturn> {
  const { parts, job, data } = stepJob;
  const { database, config, steps, readings, observe } = parts;
  const log = parts.log.child({ run: run.id, conference: conference.slug, step: data.step });
  const startedAt = performance.now();
  const heartbeat = new Heartbeat(database, job, data, log);
  const ends = AbortSignal.any([heartbeat.lost, parts.closing, ...(signal ? [signal] : [])]);
  stepJob.log = log;
  stepJob.run = run;
  stepJob.ends = ends;
  let outcome: 'done' | 'failed' = 'failed';
  try {
    const onResponse: Observer['onResponse'] = (response) => observe.onResponse?.(response);
    const reading = readings.use(run.id, data.flow, eventAddress(conference, config), () =>
      steps.openReading(conference, config, log, parts.closing, onResponse),
    );
    const { progress } = heartbeat;
    const context = {
      database,
      config,
      log,
      run,
      flow: data.flow,
      conference,
      reading,
      progress,
      onResponse,
      signal: ends,
    };
    const { result } = await orAborted(steps.perform(data.step, context), ends);
    outcome = 'done';
    await heartbeat.stop();
    log.info({ ms: Math.round(performance.now() - startedAt) }, 'step done');
    if (data.step === 'schedule') await succeed(stepJob, result);
    else readings.keep(run.id, data.flow);
    return { outcome: 'done' };
  } finally {
    observe.onStep?.(data.step, performance.now() - startedAt, outcome);
    await heartbeat.stop();
  }
}

async function succeed({ parts, data, log }: StepJob, result: RunResult | undefined): Promise<void> {
  const { database, dispatcher, observe, readings } = parts;
  const ended = await succeedRun(database.orm, data.runId, data.flow, result ?? {});
  readings.end(data.runId, data.flow);
  if (!ended) return;
  const ms = Date.now() - (ended.startedAt?.getTime() ?? Date.now());
  log?.info({ ms, attempts: ended.attempts }, 'run succeeded');
  observe.onRunEnd?.('succeeded');
  if (result?.changes) observe.onRowChanges?.(result.changes);
  await dispatcher.enqueueNext(ended.conferenceId);
}

/** The run as it is now: claimed when it was queued; undefined when it can't start yet. */
async function currentRun({ orm }: Database, run: RunRow): Promise<RunRow | undefined> {
  if (run.state === 'queued') return claimRun(orm, run.id, run.flow);
  if (run.retryAt !== null) await endWait(orm, run.id, run.flow);
  return run;
}

async function find(
  database: Database,
  runId: string,
): Promise<{ run: RunRow; conference: ConferenceRow } | undefined> {
  const [row] = await database.orm
    .select({ run: syncRuns, conference: conferences })
    .from(syncRuns)
    .innerJoin(conferences, eq(conferences.id, syncRuns.conferenceId))
    .where(eq(syncRuns.id, runId));
  return row;
}

/** A step's end, or the signal's, when the step does not notice it in time. */
async function orAborted<T>(step: Promise<T>, ends: AbortSignal): Promise<T> {
  const noticed = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => noticed.reject(ends.reason), abortGraceMs);
  };
  if (ends.aborted) onAbort();
  else ends.addEventListener('abort', onAbort, { once: true });
  step.catch(() => undefined);
  try {
    return await Promise.race([step, noticed.promise]);
  } finally {
    clearTimeout(timer);
    ends.removeEventListener('abort', onAbort);
  }
}

function obsolete(reason: string): JobReturn {
  return { outcome: 'obsolete', reason };
}
