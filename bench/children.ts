/** The processes that a measurement is made of, each with memory of its own. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const script = (name: string) => join(import.meta.dirname, name);

export interface Upstream {
  url: string;
  change(change: { fraction?: number; latencyMs?: number }): Promise<void>;
  stop(): void;
}

/** A generated programme of so many talks, served by a process of its own. */
export async function startUpstream(talks: number, latencyMs: number): Promise<Upstream> {
  const child = spawn(process.execPath, [script('upstream.ts'), String(talks), String(latencyMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  const url = String(line).trim();
  return {
    url,
    async change(change) {
      const query = new URLSearchParams(
        Object.fromEntries(Object.entries(change).map(([name, value]) => [name, String(value)])),
      );
      await fetch(`${url}/change?${query}`);
    },
    stop: () => void child.kill(),
  };
}

/** Figures of one request → committed, in the worker's own process. */
export interface SyncFigures {
  ms: number;
  steps: Record<string, number>;
  cpuMs: number;
  /** highest so far, of the process */
  peakRssMb: number;
  firstRequestMs: number;
  state: string;
  changes: Record<string, { added: number; changed: number; removed: number; unchanged: number }>;
}

/** A worker process with a queue and a mirror, that syncs when told. */
export class SyncProcess {
  readonly #child: ChildProcess;
  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(env: Record<string, string | undefined>): Promise<SyncProcess> {
    const child = fork(script('sync-process.ts'), {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return new SyncProcess(child);
  }

  async sync(): Promise<SyncFigures> {
    return (await this.#ask('sync')) as SyncFigures;
  }

  async stop(): Promise<void> {
    this.#child.send('stop');
    await once(this.#child, 'exit');
  }

  async #ask(message: string): Promise<unknown> {
    this.#child.send(message);
    const [answer] = await once(this.#child, 'message');
    return answer;
  }
}

/** Fetches and parses all pages with nothing behind it, in a fresh process. @returns milliseconds, the median of three */
export async function fetchFloorMs(url: string, pageByPage = false): Promise<number> {
  const child = fork(script('fetch-floor.ts'), [url, ...(pageByPage ? ['1'] : ['8'])], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [ms] = await once(child, 'message');
  await once(child, 'exit');
  return ms as number;
}
