/** The program's own processes as they are deployed: a worker, a web server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Env } from './child.ts';
import { compiled } from './places.ts';

export class Service {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;
  /** Where it listens; of a web server. */
  url = '';

  private constructor(child: ChildProcess) {
    this.#process = child;
    this.#ended = new Promise((resolve) => child.once('exit', resolve));
  }

  /** Starts a process of workers/ and waits until it says that it is ready. */
  static async start(name: 'sync' | 'web', env: Env): Promise<Service> {
    const child = spawn(process.execPath, [compiled(`workers/${name}`)], {
      env: { ...process.env, ...env, LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const service = new Service(child);
    const ready = Promise.withResolvers<void>();
    const said: string[] = [];
    createInterface(child.stderr).on('line', (line) => {
      const { msg = '', url } = parsed(line);
      if (url) service.url = url;
      if (msg.endsWith('is ready')) ready.resolve();
      if (said.push(line) > 20) said.shift();
    });
    void service.#ended.then(() => ready.reject(new Error(`workers/${name} ended: ${said.join('\n')}`)));
    await ready.promise;
    return service;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async stop(): Promise<void> {
    this.#process.kill('SIGTERM');
    await this.#ended;
  }
}

function parsed(line: string): { msg?: string; url?: string } {
  try {
    return JSON.parse(line) as { msg?: string; url?: string };
  } catch {
    return {};
  }
}
