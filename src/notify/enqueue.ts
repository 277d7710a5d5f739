/** Puts messages that are due into their queue, as far as they are not in it, and ends the wait of those that are. */
import type { Queue as BullQueue } from 'bullmq';
import { keptJobs } from '../queue/job-options.ts';
import { type NotifyJobData, queueName } from './job.ts';
import type { DueMessage } from './pending.ts';

/** When a message is given up is decided by time. */
const attempts = 10_000;
const ended = ['completed', 'failed', 'unknown'];

export async function enqueueMessage(queue: BullQueue, message: DueMessage): Promise<void> {
  const jobId = message.webhookId;
  const state = await queue.getJobState(jobId);
  // It failed, and where it goes was set anew meanwhile.
  if (state === 'delayed' && message.isNew) await (await queue.getJob(jobId))?.promote();
  if (!ended.includes(state)) return;
  // It ended, but the message is still to be sent: a database that was restored, for example.
  if (state !== 'unknown') await queue.remove(jobId);
  const data: NotifyJobData = { notification: message.id, conference: message.slug };
  await queue.add(queueName, data, {
    jobId,
    attempts,
    backoff: { type: 'greenroom' },
    ...keptJobs,
  });
}
