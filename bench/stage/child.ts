/** A program of the bench as a child process that answers questions. It ends with us. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Question, Reply } from '../programs/answering.ts';
import { compiled } from './places.ts';

export type Env = Record<string, string | undefined>;

export class Child {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #asked = 0;

  private constructor(child: ChildProcess, name: string) {
    this.#process = child;
    child.on('message', (message: 'ready' | Reply) => {
      if (message === 'ready') return this.#ready.resolve();
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if ('fault' in message) waiting?.reject(new Error(`${name}: ${message.fault}`));
      else waiting?.resolve(message.answer);
    });
    child.once('exit', (code, signal) => {
      const error = new Error(`${name} ended with ${code ?? signal}`);
      this.#ready.reject(error);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#ended.resolve();
    });
  }

  /** @param name of a file in bench/programs */
  static async start(name: string, env: Env = {}): Promise<Child> {
    const child = fork(compiled(`bench/programs/${name}`), {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    const started = new Child(child, name);
    await started.#ready.promise;
    return started;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** @throws Error with what the program says when it can't answer, or when it has ended */
  ask<Answer>(name: string, argument?: unknown): Promise<Answer> {
    const question: Question = { id: this.#asked++, name, argument };
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(question.id, waiting);
    this.#process.send(question);
    return waiting.promise as Promise<Answer>;
  }

  async stop(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    await this.#ended.promise;
  }
}
