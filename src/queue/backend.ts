import type { BackendClasses, IQueueBackend } from 'bullmq';

/** Where BullMQ keeps its jobs: Redis, or PostgreSQL beside the mirror. All that differs between them is behind this. */
export interface Backend {
  readonly kind: 'redis' | 'postgres';
  /** BullMQ's classes, bound to this backend. */
  readonly classes: BackendClasses<IQueueBackend, unknown>;
  /** For the classes' `connection` option: shared, closed by `close` only. */
  readonly connection: unknown;
  /** Before all keys; for Redis only. */
  readonly prefix: string | undefined;
  /** False while the connection is known to be lost. */
  isUp(): boolean;
  /** Asks the server something. @throws QueueUnavailableError when it does not answer in time. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}
