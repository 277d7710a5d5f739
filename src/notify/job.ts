/** What is in the queue of messages: one job a message. What it says, and whether it is still to be sent, is in PostgreSQL. */
import { z } from 'zod';

export const queueName = 'notify';

const jobData = z.object({
  /** Of `notifications`. */
  notification: z.int().positive(),
  /** The conference's slug, for who looks at Bull Board. */
  conference: z.string(),
});

export type NotifyJobData = z.infer<typeof jobData>;

/** Why a job ended without a failure; Bull Board shows it as the job's return value. */
export type NotifyJobReturn =
  | { outcome: 'delivered'; status: number; ms: number }
  | { outcome: 'obsolete'; reason: string };

/** @throws Error with one sentence when a job's data is not what this program puts there. */
export function readNotifyJob(data: unknown): NotifyJobData {
  const read = jobData.safeParse(data);
  if (read.success) return read.data;
  throw new Error('This job was not made by greenroom. Remove it.');
}
