/** What all jobs and all workers have in common, those of syncs and those of messages. */

/** What a killed worker leaves is done again after 9 to 14 s; lost connections are no reason to give up a job. */
export const workerTiming = {
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 1_000,
  runRetryDelay: 1_000,
};

/** How long finished jobs can be seen on Bull Board (`age` in seconds), and how many. */
const kept = { age: 3 * 86_400, count: 5_000 };
export const keptJobs = { removeOnComplete: kept, removeOnFail: kept, stackTraceLimit: 3 };
