/** Processes as they are run in production, and a supervisor that starts anew what ends by itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export type Role = 'worker' | 'web';

const programs: Record<Role, string> = {
  worker: fileURLToPath(new URL('../../workers/sync.ts', import.meta.url)),
  web: fileURLToPath(new URL('../../workers/web.ts', import.meta.url)),
};

/** How long a process may take that was asked to end: 5 s are promised, the rest is for a busy machine. */
const longestEndMs = 15_000;

interface Member {
  role: Role;
  child: ChildProcess;
  ready: boolean;
  /** Somebody ends it. */
  ending: boolean;
}

export class Fleet {
  /** What no process should have done. */
  readonly faults: string[] = [];
  readonly #env: Record<string, string>;
  readonly #directory: string;
  readonly #members = new Set<Member>();
  #closed = false;
  #started = 0;

  /**
   * @param env all that the processes know, besides how to find programs
   * @param directory each gets a folder of its own in it, to work in and for its log
   */
  constructor(env: Record<string, string>, directory: string) {
    this.#env = env;
    this.#directory = directory;
    process.once('exit', () => this.#kill());
  }

  start(role: Role): void {
    this.#started += 1;
    const cwd = join(this.#directory, `${this.#started}-${role}`);
    mkdirSync(cwd);
    const child = spawn(process.execPath, [programs[role]], {
      cwd,
      env: { PATH: process.env.PATH, ...this.#env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const member: Member = { role, child, ready: false, ending: false };
    this.#members.add(member);
    child.stderr?.on('data', (said: Buffer) => {
      appendFileSync(join(cwd, 'log'), said);
      member.ready ||= said.includes(`greenroom ${role} is ready`);
    });
    child.once('exit', (code, signal) => {
      this.#members.delete(member);
      if (member.ending || this.#closed) return;
      if (member.ready) this.faults.push(`${role} ${child.pid} ended by itself (${signal ?? code})`);
      // One that found no database at its start is started again, as by any supervisor.
      setTimeout(() => this.#closed || this.start(role), 500);
    });
  }

  /** Waits until all are at work. @throws Error when one can't be brought there within `limitMs` */
  async ready(limitMs: number): Promise<void> {
    const deadline = Date.now() + limitMs;
    while ([...this.#members].some((member) => !member.ready)) {
      if (Date.now() > deadline) throw new Error(`Not all processes are ready; see ${this.#directory}.`);
      await sleep(100);
    }
  }

  /** What each process logged, in the order of their starts. */
  logs(): Record<string, unknown>[][] {
    const folders = readdirSync(this.#directory).sort(
      (a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10),
    );
    return folders.map((folder) => {
      const lines = readFileSync(join(this.#directory, folder, 'log'), 'utf8').split('\n');
      return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
    });
  }

  /** Ends the `nth` process of a role and starts another one. */
  replace(role: Role, nth: number, signal: 'SIGKILL' | 'SIGTERM'): void {
    const member = this.#nth(role, nth);
    if (!member) return;
    const { child } = member;
    member.ending = true;
    child.kill(signal);
    if (signal === 'SIGTERM') {
      // One that is suspended notices nothing.
      child.kill('SIGCONT');
      const late = setTimeout(() => {
        this.faults.push(`${role} ${child.pid} was still there ${longestEndMs} ms after SIGTERM`);
        child.kill('SIGKILL');
      }, longestEndMs);
      child.once('exit', () => clearTimeout(late));
    }
    this.start(role);
  }

  /** Stops the `nth` process of a role for a while, as when a machine is suspended. */
  async freeze(role: Role, nth: number, ms: number): Promise<void> {
    const child = this.#nth(role, nth)?.child;
    child?.kill('SIGSTOP');
    await sleep(ms, undefined, { ref: false });
    child?.kill('SIGCONT');
  }

  async close(): Promise<void> {
    this.#closed = true;
    const members = [...this.#members];
    const ends = members.map(({ child }) => new Promise((resolve) => child.once('exit', resolve)));
    this.#kill();
    await Promise.all(ends);
  }

  #kill(): void {
    for (const { child } of this.#members) child.kill('SIGKILL');
  }

  #nth(role: Role, nth: number): Member | undefined {
    const ofRole = [...this.#members].filter((member) => member.role === role && !member.ending);
    return ofRole[nth % ofRole.length];
  }
}
