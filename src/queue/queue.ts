import type { Queue as BullQueue, FlowProducer } from 'bullmq';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import { QueueUnavailableError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { queueName as messagesQueueName } from '../notify/job.ts';
import { Dispatcher } from './dispatch.ts';
import { queueName } from './job.ts';
import { openBackend } from './open-backend.ts';
import { requestSync, type SyncRequest } from './request-sync.ts';
import { type SyncWorker, startWorker, type WorkerOptions } from './worker.ts';

/** The queue as the rest of the program sees it, on whichever backend. */
export interface Queue {
  readonly kind: 'redis' | 'postgres';
  /** BullMQ's queues, for Bull Board. */
  readonly board: readonly BullQueue[];
  /** @throws QueueUnavailableError when the queue's server does not answer within `timeoutMs` (5 s) */
  ready(timeoutMs?: number): Promise<void>;
  /** Asks for a sync; gives the run's id. @throws NotFoundError, DatabaseUnavailableError */
  requestSync(request: SyncRequest): Promise<string>;
  /** The same, and says whether the run was waiting already. @throws NotFoundError, DatabaseUnavailableError */
  request(request: SyncRequest): Promise<{ id: string; coalesced: boolean }>;
  /** Enqueues what is due, of one conference or of all; what can't be enqueued now is left to the sweeper. */
  dispatch(conferenceId?: number): Promise<void>;
  /** Starts working off jobs in this process. @throws NotFoundError when `onlyRun` is none */
  startWorker(options?: WorkerOptions): Promise<SyncWorker>;
  /** False while the connection is known to be lost. */
  isUp(): boolean;
  /** Jobs by state. */
  counts(): Promise<Record<string, number>>;
  /** Whether the queue's server answers, in one sentence. */
  health(): Promise<{ ok: boolean; message: string }>;
  /** What of its server's settings will cost jobs one day, a sentence each. */
  warnings(): Promise<string[]>;
  /** Closes workers too. */
  close(): Promise<void>;
}

/**
 * Opens the queue of the settings, beside an open mirror. On Redis it opens while Redis is away.
 *
 * @throws QueueUnavailableError when PostgreSQL's queue can't be prepared
 */
export async function openQueue(mirror: { config: Config; database: Database; log: Logger }): Promise<Queue> {
  const { config, database, log } = mirror;
  const backend = await openBackend(config, database, log);
  const queue = new backend.classes.Queue(queueName, backend.options) as unknown as BullQueue;
  const messages = new backend.classes.Queue(messagesQueueName, backend.options) as unknown as BullQueue;
  const flows = new backend.classes.FlowProducer(backend.options) as unknown as FlowProducer;
  const onError = (error: Error) => log.debug({ reason: error.message }, 'queue');
  queue.on('error', onError);
  messages.on('error', (error) => log.debug({ reason: error.message }, 'queue of messages'));
  flows.on('error', onError);
  const dispatcher = new Dispatcher({ database, backend, queue, flows, retry: config.retry, log });
  const parts = { config, database, backend, log };
  const workers = new Set<SyncWorker>();
  const request = (asked: SyncRequest) => requestSync(database, dispatcher, asked);
  return {
    kind: backend.kind,
    board: [queue, messages],
    ready: (timeoutMs = 5_000) => backend.ping(timeoutMs),
    request,
    requestSync: async (asked) => (await request(asked)).id,
    dispatch: (conferenceId) => dispatcher.enqueueNext(conferenceId),
    async startWorker(options) {
      // Loaded before anything is started: what is started is closed with the queue from then on.
      const notify = options?.onlyRun === undefined ? await import('../notify/notifier.ts') : undefined;
      const started = [await startWorker({ ...parts, dispatcher, queue }, options)];
      if (notify) started.push(new notify.Notifier({ ...parts, queue: messages }).start());
      let closed: Promise<unknown> | undefined;
      const all: SyncWorker = {
        async close() {
          closed ??= Promise.all(started.map((each) => each.close()));
          await closed;
        },
      };
      workers.add(all);
      return all;
    },
    isUp: () => backend.isUp(),
    counts: async () => {
      if (!backend.isUp()) throw new QueueUnavailableError('The queue is away.');
      const { waiting = 0, prioritized = 0, ...others } = await queue.getJobCounts();
      return { waiting: waiting + prioritized, ...others };
    },
    async health() {
      try {
        await backend.ping(2_000);
        return { ok: true, message: `The queue on ${backend.kind} answers.` };
      } catch (error) {
        return { ok: false, message: (error as Error).message };
      }
    },
    warnings: () => backend.warnings(),
    async close() {
      await Promise.all([...workers].map((worker) => worker.close()));
      await closeQuietly(log, queue, messages, flows);
      await backend.close();
    },
  };
}

async function closeQuietly(log: Logger, ...closed: { close(): Promise<void> }[]): Promise<void> {
  for (const each of closed) {
    await each.close().catch((error: Error) => log.debug({ reason: error.message }, 'closing the queue'));
  }
}
