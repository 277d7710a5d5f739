import {
  type BackendFactory,
  type PgPool,
  PostgresConnection,
  PostgresQueueBackend,
  runMigrations,
  withBackend,
} from 'bullmq';
import { Pool } from 'pg';
import { missingRight, whatToCheck, whereIs } from '../db/failure.ts';
import { QueueUnavailableError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { withinMs } from '../within.ts';
import type { Backend } from './backend.ts';
import { ConnectionLog } from './connection-log.ts';
import { telemetryOption } from './telemetry.ts';

/** BullMQ's tables are in this schema of the mirror's database. */
const schema = 'greenroom_queue';
/** A database or a user may be set to others, and then jobs that meet would fail. */
const ofSession = `set search_path = ${schema}; set default_transaction_isolation = 'read committed'; set standard_conforming_strings = on`;

/**
 * BullMQ on PostgreSQL: one pool of at most six connections for queue, flows and worker together.
 *
 * @throws QueueUnavailableError when the schema can't be made or brought up to date
 */
export async function openPostgresBackend(url: string, log: Logger): Promise<Backend> {
  const telemetry = await telemetryOption();
  const pool = new Pool({
    connectionString: url,
    max: 6,
    application_name: 'greenroom queue',
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    // By a statement, because PgBouncer refuses these as parameters of a connection.
    onConnect: (client) => client.query(ofSession),
  });
  // Queue, flows and worker listen for the pool's errors, each by itself.
  pool.setMaxListeners(50);
  const connectionLog = new ConnectionLog(log, "PostgreSQL's queue");
  pool.on('error', connectionLog.failed);
  pool.on('acquire', connectionLog.restored);
  try {
    await migrateQueue(pool);
  } catch (error) {
    await pool.end();
    throw unavailable(url, error);
  }
  return {
    kind: 'postgres',
    classes: withBackend(backendOn) as unknown as Backend['classes'],
    options: { connection: pool, ...telemetry },
    // A job whose children are done is put behind all that wait, where Redis puts it before them; those without a
    // priority go first. Else all of many runs would begin before one goes on, and their readings be kept or lost.
    firstJob: { priority: 1 },
    isUp: () => true,
    mend: async () => undefined,
    async ping(timeoutMs) {
      try {
        await withinMs(pool.query('select 1'), timeoutMs, 'it did not answer in time');
      } catch (error) {
        throw unavailable(url, error);
      }
    },
    warnings: async () => [],
    close: () => pool.end(),
  };
}

async function migrateQueue(pool: Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client, schema);
  } finally {
    client.release();
  }
}

/**
 * BullMQ takes a given pool for its own default schema, and keeps a first failed connection for ever. Here the schema
 * is ours, and is known to be up to date before the first use.
 */
class SharedPoolConnection extends PostgresConnection {
  override readonly schema = schema;

  override async waitUntilReady(): Promise<void> {}
}

const backendOn: BackendFactory<PostgresQueueBackend, Pool> = (name, options, made = {}) => {
  const connection = new SharedPoolConnection(options.connection as unknown as PgPool);
  const listenName = made.withBlockingConnection ? name : made.blocking ? `${name}:qe` : undefined;
  return new PostgresQueueBackend(connection, name, options as never, true, listenName);
};

function unavailable(url: string, error: unknown): QueueUnavailableError {
  const lacking = missingRight(error, url);
  if (lacking !== undefined) return new QueueUnavailableError(lacking, { cause: error });
  const { code, message } = error as NodeJS.ErrnoException;
  return new QueueUnavailableError(
    `The queue in PostgreSQL at ${whereIs(url)} can not be used: ${message || code}. ${whatToCheck(url)}`,
    { cause: error },
  );
}
