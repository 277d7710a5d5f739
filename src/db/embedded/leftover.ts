/** A server that outlived its keeper: found by its lock file, and stopped, so that a new one can start. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailableError } from '../../errors.ts';

const patienceMs = 10_000;

/**
 * Stops the server that postmaster.pid names, if it still runs. A lock file whose number now belongs to another
 * program is removed: PostgreSQL itself would refuse to start over it.
 *
 * @throws DatabaseUnavailableError when the server does not end
 */
export async function stopLeftover(dataDir: string): Promise<void> {
  const lockFile = join(dataDir, 'postmaster.pid');
  if (!existsSync(lockFile)) return;
  const pid = Number.parseInt(readFileSync(lockFile, 'utf8'), 10);
  if (!(pid > 1)) return;
  if (isZombie(pid)) return await clearAfterZombie(pid, dataDir, lockFile);
  if (!isAlive(pid)) return;
  if (!serves(pid, dataDir)) {
    rmSync(lockFile, { force: true });
    return;
  }
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    const deadline = Date.now() + patienceMs;
    signalIfAlive(pid, signal);
    while (Date.now() < deadline) {
      if (isZombie(pid)) return await clearAfterZombie(pid, dataDir, lockFile);
      if (!isAlive(pid)) return;
      await sleep(50);
    }
  }
  throw new DatabaseUnavailableError(
    `Another PostgreSQL (process ${pid}) uses ${dataDir} and does not stop. Stop it, and start again.`,
  );
}

/**
 * PostgreSQL takes a server that was killed but not yet collected for a running one. Its lock file may go once none of
 * its own processes works in the folder any more.
 */
async function clearAfterZombie(pid: number, dataDir: string, lockFile: string): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (isZombie(pid) && Date.now() < deadline) {
    if (!readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && serves(Number(entry), dataDir))) {
      rmSync(lockFile, { force: true });
      return;
    }
    await sleep(50);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Ended, but not yet collected by a parent that may never do it (a container's first process). */
function isZombie(pid: number): boolean {
  try {
    return /\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {}
}

/** A server works in its data folder; where there is no /proc, its command line names it. */
function serves(pid: number, dataDir: string): boolean {
  if (existsSync('/proc/self/cwd')) {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir);
    } catch {
      return false;
    }
  }
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.includes(
    dataDir,
  );
}
