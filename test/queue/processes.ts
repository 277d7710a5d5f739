/** Workers as real processes, and what they noted about their steps. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Rig } from './rig.ts';

const scripts = {
  /** Whose steps only note that they were done. */
  noting: fileURLToPath(new URL('worker-process.ts', import.meta.url)),
  /** As it is run. */
  real: fileURLToPath(new URL('../../workers/sync.ts', import.meta.url)),
};

export interface WorkerProcess {
  pid: number;
  kill(signal: 'SIGKILL' | 'SIGTERM'): void;
  /** Its exit code; null when it was killed. */
  ended: Promise<number | null>;
  /** What it wrote to stderr. */
  complaints: string[];
}

/** Makes the table that workers note their steps in. */
export async function makeTrace(rig: Rig): Promise<void> {
  await rig.database.sql`create table if not exists public.trace (
    id bigint generated always as identity, kind text, run uuid, conference bigint, step text, pid int,
    at timestamptz default clock_timestamp())`;
}

/** Starts a worker that notes its steps, and waits until it is ready. */
export async function spawnWorker(rig: Rig, env: NodeJS.ProcessEnv = {}): Promise<WorkerProcess> {
  const worker = startProcess('noting', {
    DATABASE_URL: rig.config.databaseUrl,
    ...(rig.redisUrl ? { REDIS_URL: rig.redisUrl } : {}),
    GREENROOM_BACKOFF: '40ms',
    ...env,
  });
  await worker.ready;
  return worker;
}

/** Starts a worker process. */
function startProcess(
  script: keyof typeof scripts,
  env: NodeJS.ProcessEnv,
): WorkerProcess & { ready: Promise<void> } {
  const child: ChildProcess = spawn(process.execPath, [scripts[script]], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const complaints: string[] = [];
  child.stderr?.setEncoding('utf8').on('data', (text: string) => complaints.push(text));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const said = new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
  const ready = Promise.race([
    said,
    ended.then((code) => {
      throw new Error(`The worker ended with ${code}: ${complaints.join('')}`);
    }),
  ]);
  ready.catch(() => undefined);
  return { pid: child.pid ?? 0, kill: (signal) => void child.kill(signal), ended, ready, complaints };
}

export interface Noted {
  kind: 'begin' | 'end';
  run: string;
  step: string;
  pid: number;
}

/** What workers noted about a conference's steps, in order. */
export function traceOf(rig: Rig, conferenceId: number): Promise<Noted[]> {
  return rig.database.sql<Noted[]>`
    select kind, run, step, pid from public.trace where conference = ${conferenceId} order by id` as never;
}
