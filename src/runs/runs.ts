/** The state machine of runs, on `sync_runs`: asked for → queued → running → succeeded, failed or held → decided. */
export { approveRun, rejectRun } from './decide.ts';
export { dueRuns, forgetFlow, nextFlows, staleRuns } from './due.ts';
export { type FoundRun, findRun, listRuns, runJson } from './find.ts';
export { failAbandonedRun, failRun, holdRun, succeedRun } from './finish.ts';
export { hasEnded } from './has-ended.ts';
export {
  claimRun,
  countFailure,
  countLostWorkers,
  endWait,
  heartbeat,
  type RunRow,
  touchRuns,
  waitUntil,
} from './progress.ts';
export { type RunRequest, requestRun, requestRuns } from './request.ts';
export { runError } from './run-error.ts';
export { waitsUntil } from './waits-until.ts';
export { errorNow, errorWithoutWaysOn, waysOn } from './ways-on.ts';
