/** Sends the changes of conferences to their `notify_url`: PostgreSQL has what is to be sent, a BullMQ queue sends it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue as BullQueue, Job } from 'bullmq';
import { sql } from 'drizzle-orm';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import { databaseFailure } from '../db/failure.ts';
import { DatabaseUnavailableError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Backend } from '../queue/backend.ts';
import { backoffStrategy } from '../queue/backoff.ts';
import { workerTiming } from '../queue/job-options.ts';
import { withinMs } from '../within.ts';
import { createDelivery } from './deliver.ts';
import { enqueueMessage } from './enqueue.ts';
import { type NotifyJobData, type NotifyJobReturn, queueName } from './job.ts';
import { dueMessages } from './pending.ts';
import { conferencesBehind } from './range.ts';
import { tellChanges } from './tell.ts';

const everyMs = 1_000;
const pruneEveryMs = 3_600_000;
const queueTimeoutMs = 5_000;
const closeMs = 4_500;
/** Messages on their way at the same time; each waits at most ten seconds for its receiver. */
const concurrency = 20;
/** How long delivered messages and those given up are kept. */
const messagesKept = '30 days';

export interface NotifierParts {
  config: Config;
  database: Database;
  backend: Backend;
  /** Of messages. */
  queue: BullQueue;
  log: Logger;
}

export class Notifier {
  readonly #parts: NotifierParts;
  #prunedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  /** Begins to make messages of changes and to send them, in this process. */
  start(): { close(): Promise<void> } {
    const { backend, config, database, log } = this.#parts;
    const closing = new AbortController();
    const deliver = createDelivery({
      database,
      log,
      backoffMs: config.retry.backoffMs,
      closing: closing.signal,
      next: (conferenceId) => this.#enqueueDue(conferenceId),
    });
    const worker = new backend.classes.Worker<NotifyJobData, NotifyJobReturn>(
      queueName,
      (job: Job<NotifyJobData, NotifyJobReturn>, token?: string) => deliver(job, token),
      {
        ...backend.options,
        ...workerTiming,
        concurrency,
        settings: { backoffStrategy: backoffStrategy(config.retry) },
      },
    );
    worker.on('error', (error) => log.debug({ reason: error.message }, 'worker of messages'));
    const sweeping = this.#sweepUntil(closing.signal);
    return {
      close: async () => {
        await worker.pause(true);
        closing.abort(new Error('the worker closes'));
        await withinMs(Promise.all([worker.close(), sweeping]), closeMs, 'it took too long').catch(
          (error: Error) => log.debug({ reason: error.message }, 'closing the worker of messages'),
        );
      },
    };
  }

  async #sweepUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#sweep(signal).catch((error: Error) =>
        this.#parts.log.debug({ reason: error.message }, 'messages are looked for again'),
      );
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #sweep(signal: AbortSignal): Promise<void> {
    const { database, log } = this.#parts;
    await this.#enqueueDue();
    for (const { id, slug } of await conferencesBehind(database.orm)) {
      try {
        if ((await tellChanges(database, id)) > 0) await this.#enqueueDue(id);
      } catch (error) {
        // A database that is away is away for all of them, and the worker's sweeper says so once.
        if (databaseFailure(error, database.url) instanceof DatabaseUnavailableError) throw error;
        log.warn({ conference: slug, err: error }, 'the changes can not be told yet');
      }
      if (signal.aborted) return;
    }
    if (performance.now() - this.#prunedAt < pruneEveryMs) return;
    this.#prunedAt = performance.now();
    await database.orm.execute(sql`
      delete from greenroom.notifications
       where coalesce(delivered_at, given_up_at) < now() - ${messagesKept}::interval`);
  }

  /** What can't be enqueued now is found by the next sweep. */
  async #enqueueDue(conferenceId?: number): Promise<void> {
    const { backend, database, log, queue } = this.#parts;
    try {
      const due = backend.isUp() ? await dueMessages(database.orm, conferenceId) : [];
      const added = Promise.all(due.map((message) => enqueueMessage(queue, message)));
      await withinMs(added, queueTimeoutMs, 'the queue did not answer in time');
    } catch (error) {
      log.debug({ reason: (error as Error).message }, 'messages could not be enqueued yet');
    }
  }
}
