import type { BackendClasses, IQueueBackend, Telemetry } from 'bullmq';

/** Where BullMQ keeps its jobs: Redis, or PostgreSQL beside the mirror. All that differs between them is behind this. */
export interface Backend {
  readonly kind: 'redis' | 'postgres';
  /** BullMQ's classes, bound to this backend. */
  readonly classes: BackendClasses<IQueueBackend, unknown>;
  /** What each of the classes is given. */
  readonly options: {
    /** Shared, closed by `close` only. */
    connection: unknown;
    /** Before all keys; for Redis only. */
    prefix?: string;
    telemetry?: Telemetry;
  };
  /** For the first job of each run: with it, runs that have begun go before those that wait. */
  readonly firstJob: { priority?: number };
  /** False while the connection is known to be lost. */
  isUp(): boolean;
  /** Mends what a failed command shows to be missing on the server, so that the next try succeeds. */
  mend(error: unknown): Promise<void>;
  /** Asks the server something that the queue needs. @throws QueueUnavailableError when it refuses, or is too late */
  ping(timeoutMs: number): Promise<void>;
  /** What of the server's settings will cost jobs one day, a sentence each. */
  warnings(): Promise<string[]>;
  close(): Promise<void>;
}
