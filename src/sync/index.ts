/** A run's steps: what the queue's jobs call. Its plan is in plan.ts, which needs the words for changes beside them. */
export type { Progress, StepContext } from './context.ts';
export { performStep } from './perform.ts';
export { eventAddress, readingFor } from './reading.ts';
export type { RunResult } from './result.ts';
export type { StepName } from './steps.ts';
