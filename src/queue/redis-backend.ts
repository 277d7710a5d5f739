import { createRedisBackend, withBackend } from 'bullmq';
import { Cluster, Redis } from 'ioredis';
import type { Database } from '../db/client.ts';
import type { Logger } from '../log.ts';
import { withinMs } from '../within.ts';
import type { Backend } from './backend.ts';
import { ConnectionLog } from './connection-log.ts';
import { installationName } from './installation.ts';
import { evictionWarning, redisFailure } from './redis-failure.ts';
import { telemetryOption } from './telemetry.ts';

const mendMs = 2_000;

/** Reconnects for ever, at least every two seconds; commands of workers wait meanwhile. */
const options = {
  maxRetriesPerRequest: null,
  retryStrategy: (times: number) => Math.min(times * 100, 2_000),
  // A replica that was promoted, or a primary that was demoted: connect anew and send the command again.
  reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? (2 as const) : false),
};

/**
 * BullMQ on Redis. `REDIS_URL` with `?cluster=true` names a node of a Redis cluster. All keys have one hash tag, which
 * a cluster needs, and which keeps installations that share a Redis apart.
 */
export async function openRedisBackend(url: string, database: Database, log: Logger): Promise<Backend> {
  const telemetry = await telemetryOption();
  const prefix = `{${await installationName(database)}}`;
  const client = connect(url);
  const connectionLog = new ConnectionLog(log, 'Redis');
  let lost: Error | undefined;
  client.on('error', (error) => {
    lost = error;
    connectionLog.failed(redisFailure(url, error));
    // ioredis would go on in database 0, which may be somebody else's.
    if ((error as { command?: { name: string } }).command?.name === 'select') client.disconnect(true);
  });
  client.on('ready', () => {
    lost = undefined;
    connectionLog.restored();
  });
  return {
    kind: 'redis',
    classes: withBackend(createRedisBackend) as unknown as Backend['classes'],
    options: { connection: client, prefix, ...telemetry },
    firstJob: {},
    isUp: () => client.status === 'ready',
    async mend(error) {
      if (!String(error).includes('NOSCRIPT')) return;
      // What can't be mended now fails again, and is mended then.
      await withinMs(loadScripts(client), mendMs, 'it did not answer in time').catch(() => undefined);
    },
    async ping(timeoutMs) {
      try {
        // A script that writes, as BullMQ's do: not every user may, and not every server takes it.
        const script = "return redis.call('del', KEYS[1])";
        const answers = [client.eval(script, 1, `${prefix}:ping`), client.info('server')];
        // BullMQ's workers ask for INFO too, and without it they do so without end.
        await withinMs(Promise.all(answers), timeoutMs, 'it did not answer in time');
      } catch (error) {
        throw redisFailure(url, lost ?? (error as Error));
      }
    },
    async warnings() {
      const info = await withinMs(client.info('memory'), mendMs, '').catch(() => '');
      return [evictionWarning(url, info)].filter((warning) => warning !== undefined);
    },
    async close() {
      client.disconnect();
    },
  };
}

/**
 * ioredis sends a script to a connection once, and anew when the server says that it has none. Inside a transaction,
 * as flows are added in, nobody hears that: after `SCRIPT FLUSH`, or a transaction that was refused, it would never be
 * sent again.
 */
async function loadScripts(client: Redis | Cluster): Promise<void> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  const scripts = Object.values(client.scriptsSet as Record<string, { lua: string }>);
  await Promise.all(nodes.flatMap((node) => scripts.map(({ lua }) => node.script('LOAD', lua))));
}

function connect(url: string): Redis | Cluster {
  const parsed = new URL(url);
  if (parsed.searchParams.get('cluster') !== 'true') return new Redis(url, options);
  parsed.searchParams.delete('cluster');
  const { retryStrategy, ...redisOptions } = options;
  const account = {
    ...(parsed.username ? { username: decodeURIComponent(parsed.username) } : {}),
    ...(parsed.password ? { password: decodeURIComponent(parsed.password) } : {}),
    ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
  };
  return new Cluster([{ host: parsed.hostname, port: Number(parsed.port || 6379) }], {
    clusterRetryStrategy: retryStrategy,
    redisOptions: { ...redisOptions, ...account },
  });
}
