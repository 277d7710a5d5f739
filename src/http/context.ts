import type { Queue } from 'bullmq';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import type { Logger } from '../log.ts';
import type { RunWatcher } from './api/run-watcher.ts';
import type { AdminGate } from './auth/admin.ts';
import type { Attempts } from './auth/attempts.ts';
import type { Sessions } from './auth/session.ts';

/** What the web server needs of the queue; `openQueue` gives it. */
export interface WebQueue {
  readonly board: readonly Queue[];
  /** Enqueues what is due, of one conference or of all. */
  dispatch(conferenceId?: number): Promise<void>;
  /** False while the connection is known to be lost. */
  isUp(): boolean;
  /** Jobs by state. */
  counts(): Promise<Record<string, number>>;
  health(): Promise<{ ok: boolean; message: string }>;
}

/** What every route is given. */
export interface Web {
  config: Config;
  database: Database;
  queue: WebQueue;
  log: Logger;
  gate: AdminGate;
  attempts: Attempts;
  /** Those of webhooks, which count for each conference. */
  hookAttempts: Attempts;
  sessions: Sessions;
  watcher: RunWatcher;
}
