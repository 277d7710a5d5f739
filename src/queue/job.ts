/** What is in the queue: one job a step of one flow of a run. Everything else is in PostgreSQL. */
import { z } from 'zod';
import { readOrFaults } from '../faults.ts';
import { type StepName, stepNames } from '../sync/steps.ts';

export const queueName = 'sync';

const jobData = z.strictObject({
  runId: z.uuid(),
  flow: z.int().positive(),
  step: z.enum(stepNames),
});

export type JobData = z.infer<typeof jobData>;

/** Why a job ended without a failure; Bull Board shows it as the job's return value. */
export type JobReturn =
  | { outcome: 'done' }
  | { outcome: 'held'; reason: string }
  | { outcome: 'obsolete'; reason: string }
  | { outcome: 'waits'; reason: string };

/** @throws Error with one sentence when a job's data is not what this program puts there. */
export function readJobData(data: unknown): JobData {
  const read = readOrFaults(jobData, data, 'its data');
  if ('data' in read) return read.data;
  throw new Error(`This job was not made by greenroom (${read.faults}). Remove it.`);
}

/** The id of a step's job: never the same twice, so no flow can be grafted onto another. */
export function jobId(runId: string, flow: number, step: StepName): string {
  return `${runId}_${flow}_${step}`;
}
