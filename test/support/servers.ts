/** The servers that a test run uses: a PostgreSQL of its own, and a Redis when there is one on this machine. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { chooseAccount } from '../../src/db/embedded/account.ts';
import { ensureCluster, roleName } from '../../src/db/embedded/cluster.ts';
import { findInstallation } from '../../src/db/embedded/installation.ts';
import { startPostmaster } from '../../src/db/embedded/postmaster.ts';

export interface TestServer {
  url: string;
  stop(): Promise<void>;
}

/** A server that forgets everything: nothing is flushed to disk. `TEST_DATABASE_URL` names another one to test on. */
export async function startTestPostgres(): Promise<TestServer> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return { url: given, stop: async () => {} };
  const home = mkdtempSync(join(tmpdir(), 'greenroom-test-postgres-'));
  const installation = await findInstallation();
  const account = chooseAccount(installation, home);
  const password = 'only-for-tests';
  const dataDir = await ensureCluster({ installation, account, home, password });
  const postmaster = await startPostmaster({
    installation,
    account,
    dataDir,
    logFile: join(home, 'server.log'),
    preferredPort: 0,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
  });
  return {
    url: `postgres://${roleName}:${password}@127.0.0.1:${postmaster.port}/postgres`,
    stop: async () => {
      await postmaster.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** How many numbered databases a Redis for tests has: every test file takes one of them at random. */
export const redisDatabases = 1000;

/**
 * `undefined` when there is no redis-server. `TEST_REDIS_URL` names another one to test on.
 *
 * @throws Error when that one has too few databases
 */
export async function startTestRedis(): Promise<TestServer | undefined> {
  const given = process.env.TEST_REDIS_URL;
  if (given) {
    await demandDatabases(given);
    return { url: given, stop: async () => {} };
  }
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
  const port = await freePort();
  const command = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  // The shell ends Redis when our end of its pipe closes, also when the test run is killed.
  const script = 'redis-server "$@" >/dev/null 2>&1 & cat >/dev/null; kill $!; wait';
  const shell = spawn(
    '/bin/sh',
    ['-c', script, 'sh', ...command, '--dir', tmpdir(), '--databases', String(redisDatabases)],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  const url = `redis://127.0.0.1:${port}`;
  const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => {});
  await client.ping();
  client.disconnect();
  return {
    url,
    stop: async () => {
      const ended = new Promise((resolve) => shell.once('exit', resolve));
      shell.stdin?.end();
      await ended;
    },
  };
}

async function demandDatabases(url: string): Promise<void> {
  const client = new Redis(url);
  try {
    await client.select(redisDatabases - 1);
  } catch (error) {
    // Without a cause: Vitest can't print one of ioredis' own.
    throw new Error(
      `The Redis that TEST_REDIS_URL names can't be tested on (${String(error)}). It has to be started with --databases ${redisDatabases}.`,
    );
  } finally {
    client.disconnect();
  }
}

/** A port of 127.0.0.1 that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/**
 * A port of 127.0.0.1 for a server that goes away and comes back: from below the range out of which the kernel gives
 * ports to outgoing connections, so that none of them has it meanwhile.
 */
export async function steadyPort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
