/** Runs the real command line as a child process, as a user would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const checkout = join(import.meta.dirname, '../..');

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
  /** stdout as the JSON document that `--json` promises. */
  json<T = Record<string, unknown>>(): T;
}

export interface RunningCli {
  child: ChildProcess;
  finished: Promise<Finished>;
  /** Resolves when stdout or stderr has it; rejects when the process ends before. */
  says(text: string | RegExp): Promise<void>;
  /** What it has written to stdout so far. */
  stdout(): string;
}

export type Env = Record<string, string | undefined>;

/** Settings of the machine that runs the tests must not matter. */
const foreign = /^(GREENROOM_|PRETALX_|DATABASE_URL$|REDIS_URL$|HOST$|PORT$|LOG_|npm_)/;

/** @param prefix A command that starts it in another way, such as a shell that waits for it. */
export function startCli(args: readonly string[], env: Env = {}, prefix: readonly string[] = []): RunningCli {
  return startProgram('src/cli/index.ts', args, env, prefix);
}

/** @param path Of the program's file in the checkout. */
export function startProgram(
  path: string,
  args: readonly string[],
  env: Env,
  prefix: readonly string[] = [],
): RunningCli {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  const [file = '', ...rest] = [...prefix, process.execPath, join(checkout, path), ...args];
  const cwd = mkdtempSync(join(tmpdir(), 'greenroom-test-cli-'));
  const child = spawn(file, rest, {
    cwd,
    env: { ...own, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  const heard = () => {
    for (const look of waiting) look();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    heard();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    heard();
  });
  const finished = new Promise<Finished>((resolve) =>
    child.once('close', (code) => {
      rmSync(cwd, { recursive: true, force: true });
      resolve({ code, stdout, stderr, json: () => JSON.parse(stdout) });
    }),
  );
  const says = (text: string | RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        const all = `${stdout}\n${stderr}`;
        if (typeof text === 'string' ? !all.includes(text) : !text.test(all)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      void finished.then(() => reject(new Error(`It ended without saying ${text}:\n${stdout}\n${stderr}`)));
      look();
    });
  return { child, finished, says, stdout: () => stdout };
}

export function cli(args: readonly string[], env: Env = {}): Promise<Finished> {
  return startCli(args, env).finished;
}

/** For a request that is noticed and never answered. */
export function neverAfter(noticed: () => void): Promise<never> {
  noticed();
  return new Promise(() => {});
}
