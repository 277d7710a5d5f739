/** Servers that a test can stop and start again at the same address. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/db/client.ts';
import { chooseAccount } from '../../src/db/embedded/account.ts';
import { ensureCluster, roleName } from '../../src/db/embedded/cluster.ts';
import { findInstallation } from '../../src/db/embedded/installation.ts';
import { type Postmaster, startPostmaster } from '../../src/db/embedded/postmaster.ts';
import { migrate } from '../../src/db/migrate.ts';
import { steadyPort } from '../support/servers.ts';

export interface Restartable {
  url: string;
  start(): Promise<void>;
  /** Ends open sessions and stops it. */
  stop(): Promise<void>;
  /** As by a power cut: nothing is tidied up before. */
  crash(): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

/** A migrated PostgreSQL, started. */
export async function restartablePostgres(): Promise<Restartable> {
  const home = mkdtempSync(join(tmpdir(), 'greenroom-restart-'));
  const installation = await findInstallation();
  const account = chooseAccount(installation, home);
  const password = 'only-for-tests';
  const dataDir = await ensureCluster({ installation, account, home, password });
  const preferredPort = await steadyPort();
  let running: Postmaster | undefined;
  const server: Restartable = {
    url: `postgres://${roleName}:${password}@127.0.0.1:${preferredPort}/postgres`,
    async start() {
      const settings = { fsync: 'off', max_connections: '100' };
      const logFile = join(home, 'server.log');
      running = await startPostmaster({ installation, account, dataDir, logFile, preferredPort, settings });
      if (running.port !== preferredPort) throw new Error('The port was taken meanwhile.');
    },
    async stop() {
      await running?.stop();
      running = undefined;
    },
    async crash() {
      const [pid] = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGQUIT');
      await running?.ended;
      running = undefined;
    },
    async remove() {
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
  await server.start();
  const database = openDatabase(server.url, { maxConnections: 1 });
  await migrate(database);
  await database.close();
  return server;
}

/** A Redis that keeps no data, started. @param settings more of them, as its command takes them */
export async function restartableRedis(settings: readonly string[] = []): Promise<Restartable> {
  const home = mkdtempSync(join(tmpdir(), 'greenroom-restart-'));
  const port = await steadyPort();
  let running: ChildProcess | undefined;
  const server: Restartable = {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
      running = spawn('redis-server', [...args, ...settings, '--dir', home], { stdio: 'ignore' });
    },
    async stop() {
      const ended = new Promise((resolve) => running?.once('exit', resolve) ?? resolve(undefined));
      running?.kill('SIGKILL');
      await ended;
      running = undefined;
    },
    crash: () => server.stop(),
    async remove() {
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}
