/** Processes that use an embedded server, and a look at those that run it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../src/db/client.ts';

export interface ServerUser {
  url: string;
  /** Gives the server back, and waits until the process has ended. */
  leave(): Promise<void>;
  /** kill -9. */
  kill(): void;
}

const running = new Set<ChildProcess>();

/** Ends what a failed test left. */
export function endServerUsers(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** A new folder that only this account can enter, as `mktemp -d` makes it. */
export function closedFolder(): string {
  return mkdtempSync(join(tmpdir(), 'greenroom-test-home-'));
}

/**
 * Starts a process that uses the server under `home`.
 *
 * @param prefix a command that starts the process in another way, like `['setpriv', …]`
 * @throws Error with what the process says when it can't have the server
 */
export async function useServer(home: string, prefix: string[] = []): Promise<ServerUser> {
  const program = fileURLToPath(new URL('./server-user.ts', import.meta.url));
  const [file = '', ...args] = [...prefix, process.execPath, program, home];
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  running.add(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void ended.then(() => running.delete(child));
  const line = await new Promise<string>((resolve) => {
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += String(chunk);
      if (text.endsWith('\n')) resolve(text);
    });
    child.stdout.once('close', () => resolve(text));
  });
  const answer = JSON.parse(line) as { url?: string; error?: string };
  if (answer.url === undefined) throw new Error(answer.error);
  return {
    url: answer.url,
    leave: async () => {
      child.stdin.write('leave\n');
      await ended;
    },
    kill: () => void child.kill('SIGKILL'),
  };
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const database = openDatabase(url, { maxConnections: 1 });
  try {
    return [...(await database.sql.unsafe(statement))];
  } finally {
    await database.close();
  }
}

/** Whether something listens at the host and port of the URL. */
export function listens(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Waits until the condition holds; the test's own time limit is the only one. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(25);
}

/** The processes that serve a home: `keeper`, `postmaster` and whatever else names it. */
export function processesOf(home: string): { pid: number; command: string }[] {
  return commandLines().filter(({ command }) => command.includes(home) && !command.includes('server-user'));
}

function commandLines(): { pid: number; command: string }[] {
  if (!existsSync('/proc/self/cmdline')) {
    const { stdout } = spawnSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' });
    return stdout.split('\n').map((line) => ({ pid: Number.parseInt(line, 10), command: line }));
  }
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => ({ pid: Number(pid), command: commandLine(pid) }));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
