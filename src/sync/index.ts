/** A run's steps and its plan: what the queue's jobs and the command line call. */
export type { Progress, StepContext } from './context.ts';
export { performStep } from './perform.ts';
export { type Plan, planRun } from './plan.ts';
export { readingFor } from './reading.ts';
export type { RunResult } from './result.ts';
export type { StepName } from './steps.ts';
