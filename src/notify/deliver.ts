/** What a job of the queue of messages does: it sends its message, if PostgreSQL says that it is still to be sent. */
import { DelayedError, type Job, UnrecoverableError } from 'bullmq';
import type { Database } from '../db/client.ts';
import type { Logger } from '../log.ts';
import { AttemptFailedError, backoffDelayMs } from '../queue/backoff.ts';
import { webhookSecrets } from '../webhooks/secrets.ts';
import { standardWebhook } from '../webhooks/standard.ts';
import { type NotifyJobData, type NotifyJobReturn, readNotifyJob } from './job.ts';
import { type Deliverable, findDeliverable, markDelivered, markFailed } from './pending.ts';
import { DeliveryError, sendMessage } from './send.ts';

/** The longest pause between two attempts, and the most that a receiver may ask for. */
const longestPauseMs = 3_600_000;

export interface DeliveryParts {
  database: Database;
  log: Logger;
  /** The pause after the first failed attempt. */
  backoffMs: number;
  /** Aborted when the worker closes. */
  closing: AbortSignal;
  /** Called when a conference may have another message to send. */
  next(conferenceId: number): Promise<void>;
}

export function createDelivery(parts: DeliveryParts) {
  return async (job: Job<NotifyJobData, NotifyJobReturn>, token?: string): Promise<NotifyJobReturn> => {
    const { database, closing, log } = parts;
    const message = await findDeliverable(database.orm, readNotifyJob(job.data).notification);
    if ('obsolete' in message) return { outcome: 'obsolete', reason: message.obsolete };
    const startedAt = performance.now();
    try {
      const status = await sendMessage(message, secretsOf(message), closing);
      await markDelivered(database.orm, message.id);
      const ms = Math.round(performance.now() - startedAt);
      log.info({ conference: message.slug, message: message.webhookId, status, ms }, 'message delivered');
      await parts.next(message.conferenceId);
      return { outcome: 'delivered', status, ms };
    } catch (error) {
      if (closing.aborted) {
        await job.moveToDelayed(Date.now(), token);
        throw new DelayedError();
      }
      if (!(error instanceof DeliveryError)) throw error;
      throw await afterFailure(parts, message, error);
    }
  };
}

/** @throws DeliveryError when there is nothing to sign with: somebody may still set it. */
function secretsOf({ slug, secretEnv }: Deliverable): string[] {
  const secrets = webhookSecrets(secretEnv);
  if (secrets.length > 0 && secrets.every(canSign)) return secrets;
  const fault = secrets.length > 0 ? "has a secret whose base64 can't be read" : 'is not set';
  throw new DeliveryError(
    `Messages of "${slug}" can't be signed: ${secretEnv} ${fault} in the worker's environment. Set it and restart the worker.`,
  );
}

function canSign(secret: string): boolean {
  try {
    standardWebhook(secret);
    return true;
  } catch {
    return false;
  }
}

/** Notes the failure; gives the error that tells BullMQ whether to try again, and when. */
async function afterFailure(
  parts: DeliveryParts,
  message: Deliverable,
  error: DeliveryError,
): Promise<AttemptFailedError | UnrecoverableError> {
  const { backoffMs, database, log, next } = parts;
  const failed = message.attempts + 1;
  const pauseMs = backoffDelayMs(failed, { backoffMs, maxBackoffMs: longestPauseMs });
  const delayMs = Math.max(pauseMs, Math.min(error.retryAfterMs ?? 0, longestPauseMs));
  const what = { conference: message.slug, message: message.webhookId, attempts: failed };
  const isGivenUp = await markFailed(database.orm, message.id, error.message, delayMs);
  if (!isGivenUp) {
    log.info({ ...what, delayMs, reason: error.message }, 'message not delivered yet');
    return new AttemptFailedError(error.message, delayMs, error);
  }
  log.warn({ ...what, reason: error.message }, 'message given up after a day; the next one follows');
  await next(message.conferenceId);
  return new UnrecoverableError(`Given up after ${failed} attempts within a day: ${error.message}`);
}
