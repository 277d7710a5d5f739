/** One running PostgreSQL server over a data folder: started, known to be ready, and stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, fchownSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailableError } from '../../errors.ts';
import type { Account } from './account.ts';
import type { Installation } from './installation.ts';

export interface Postmaster {
  port: number;
  /** Fulfilled when the server's process has ended, for whatever reason. */
  ended: Promise<void>;
  /** Ends open sessions, waits until the server is gone. */
  stop(): Promise<void>;
}

export interface PostmasterOptions {
  installation: Installation;
  account: Account;
  dataDir: string;
  /** Its last lines are quoted when the server does not start. */
  logFile: string;
  /** Taken when it is free, else another one is. */
  preferredPort: number;
  /** Further server settings, like `{ fsync: 'off' }`. */
  settings?: Record<string, string>;
}

const startTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;
/** What the log says while processes of a server that was killed are still ending, or when a port was just taken. */
const passing = /is still in use|could not bind|Address already in use/;

/**
 * Starts the server and waits until it takes connections on 127.0.0.1. It ends with this process, also on kill -9.
 *
 * @throws DatabaseUnavailableError quoting the server's log
 */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  const deadline = Date.now() + startTimeoutMs;
  for (let port = await freePort(options.preferredPort); ; port = await freePort(0)) {
    const attempt = await start(options, port, deadline);
    if ('ended' in attempt) return attempt;
    if (!passing.test(attempt.log) || Date.now() > deadline - startTimeoutMs / 2) {
      const last = attempt.log.trim().split('\n').slice(-3).join(' ');
      throw new DatabaseUnavailableError(
        `The embedded PostgreSQL did not start: ${last || 'it wrote no log'} (see ${options.logFile}).`,
      );
    }
    await sleep(200);
  }
}

async function start(
  { installation, account, dataDir, logFile, settings }: PostmasterOptions,
  port: number,
  deadline: number,
): Promise<Postmaster | { log: string }> {
  const all = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '100',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    ...settings,
  };
  const { file, args, options } = account.command(installation.postgres, [
    '-D',
    dataDir,
    ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
  const log = openSync(logFile, O_WRONLY | O_CREAT | O_APPEND | (O_NOFOLLOW ?? 0), 0o600);
  if (account.owner) fchownSync(log, account.owner.uid, account.owner.gid);
  const logStart = fstatSync(log).size;
  const child = spawn(file, args, {
    ...options,
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  let running = true;
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  }).then(() => {
    running = false;
  });
  endWithUs(child, ended);
  while (running && !isReady(dataDir, child.pid)) {
    if (Date.now() > deadline) child.kill('SIGQUIT');
    await Promise.race([ended, sleep(20)]);
  }
  if (!running) return { log: readFileSync(logFile).subarray(logStart).toString() };
  return { port, ended, stop: () => stop(child, ended) };
}

/** The eighth line of postmaster.pid tells it; the first one must be ours and not a killed server's. */
function isReady(dataDir: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

/** A shell that only waits for our end of its pipe to close: the kernel does that even on kill -9. */
function endWithUs(child: ChildProcess, ended: Promise<void>): void {
  if (process.platform === 'win32' || child.pid === undefined) return;
  const watch = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -INT "$0"', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  });
  watch.on('error', () => {});
  watch.unref();
  void ended.then(() => watch.kill('SIGKILL'));
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGINT');
  const late = setTimeout(() => child.kill('SIGQUIT'), stopTimeoutMs);
  await ended;
  clearTimeout(late);
}

function freePort(preferred: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      if (preferred === 0) reject(error);
      else resolve(freePort(0));
    });
    probe.listen(preferred, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : preferred;
      probe.close(() => resolve(port));
    });
  });
}
