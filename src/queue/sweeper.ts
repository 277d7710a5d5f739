/**
 * Makes true in the queue what PostgreSQL says: enqueues what is due, takes over what a dead worker left, asks for
 * scheduled runs, forgets what is old. Every worker has one; the holder of an advisory lock does the work.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queue } from 'bullmq';
import { type Database, openDatabase } from '../db/client.ts';
import { databaseFailure } from '../db/failure.ts';
import { DatabaseUnavailableError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { withinMs } from '../within.ts';
import { ConnectionLog } from './connection-log.ts';
import type { Dispatcher } from './dispatch.ts';
import type { Observer } from './observe.ts';
import { prune } from './prune.ts';
import { requestScheduled } from './schedules.ts';

const everyMs = 1_500;
const pruneEveryMs = 3_600_000;
/** Three missed heartbeats, and time for another worker to go on within 15 seconds, also where all is slow. */
const staleMs = 6_500;
const recheckMs = 10_000;
/** A leader whose machine is gone or suspended closes no connection: PostgreSQL does, and another one leads. */
const silentMs = 15_000;
const leadTimeoutMs = 5_000;
const sweepTimeoutMs = 60_000;

export interface SweeperParts {
  database: Database;
  dispatcher: Dispatcher;
  queue: Pick<Queue, 'clean'>;
  observe: Observer;
  log: Logger;
  /** Also ask for scheduled runs; a command that works off one run doesn't. */
  schedules: boolean;
}

export class Sweeper {
  readonly #parts: SweeperParts;
  readonly #stop = new AbortController();
  #session: Database;
  readonly #connectionLog: ConnectionLog;
  readonly #ended: Promise<void>;
  #prunedAt = Number.NEGATIVE_INFINITY;
  #leads = false;

  constructor(parts: SweeperParts) {
    this.#parts = parts;
    this.#connectionLog = new ConnectionLog(parts.log, 'PostgreSQL');
    this.#session = openSession(parts.database);
    this.#ended = this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await withinMs(this.#ended, 2_000, 'the sweeper is still busy').catch(() => undefined);
    await this.#session.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        this.#leads = await this.#lead();
        if (this.#leads) {
          await withinMs(this.#sweep(), sweepTimeoutMs, 'a server did not answer in time; it is tried again');
        }
        this.#connectionLog.restored();
      } catch (error) {
        this.#complain(error);
      }
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /**
   * Takes the lock, or finds that this session has it already; a lost connection has lost it too. A session that says
   * nothing is left to PostgreSQL, and a new one is opened.
   *
   * @throws DatabaseUnavailableError when the session can't be asked
   */
  async #lead(): Promise<boolean> {
    try {
      return await withinMs(
        this.#askToLead(),
        leadTimeoutMs,
        'PostgreSQL did not answer the sweeper in time',
      );
    } catch (error) {
      void this.#session.close().catch(() => undefined);
      this.#session = openSession(this.#parts.database);
      const { message } = databaseFailure(error, this.#parts.database.url) as Error;
      throw new DatabaseUnavailableError(message, { cause: error });
    }
  }

  async #askToLead(): Promise<boolean> {
    const [row] = await this.#session.sql<{ leads: boolean }[]>`
      select set_config('idle_session_timeout', ${`${silentMs}ms`}, false), case when exists (
        select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and granted
      ) then true else pg_try_advisory_lock(hashtext('greenroom sweeper')) end as leads`;
    const leads = row?.leads ?? false;
    if (leads && !this.#leads) this.#parts.log.debug('this process sweeps');
    return leads;
  }

  async #sweep(): Promise<void> {
    const { database, dispatcher, queue, observe, schedules } = this.#parts;
    if (schedules) await requestScheduled(database);
    await dispatcher.enqueueDue({ recheckMs });
    await dispatcher.takeOverStale({ staleMs, observe });
    if (schedules && performance.now() - this.#prunedAt > pruneEveryMs) {
      this.#prunedAt = performance.now();
      await prune(database, queue);
    }
  }

  #complain(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const failure = databaseFailure(error, this.#parts.database.url);
    if (failure instanceof DatabaseUnavailableError) this.#connectionLog.failed(failure);
    else this.#parts.log.warn({ err: error }, 'a sweep failed');
  }
}

function openSession({ url }: Pick<Database, 'url'>): Database {
  return openDatabase(url, { maxConnections: 1, applicationName: 'greenroom sweeper' });
}
