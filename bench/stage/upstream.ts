/** The generated pretalx of a measurement, and the floor of reading it. */
import type { ProgrammeOptions } from '../generated/programme.ts';
import type { Requested } from '../programs/upstream.ts';
import { Child } from './child.ts';

export class Upstream {
  readonly url: string;
  readonly #server: Child;
  readonly #reader: Child;

  private constructor(url: string, server: Child, reader: Child) {
    this.url = url;
    this.#server = server;
    this.#reader = reader;
  }

  static async start(options: ProgrammeOptions): Promise<Upstream> {
    const [server, reader] = await Promise.all([Child.start('upstream'), Child.start('fetch')]);
    await server.ask('serve', options);
    return new Upstream(await server.ask('url'), server, reader);
  }

  /** Changes what it serves; what is not named stays. */
  async serve(change: Partial<ProgrammeOptions> & { latencyMs?: number }): Promise<void> {
    await this.#server.ask('serve', change);
  }

  /** What was asked for since the last time. */
  requested(): Promise<Requested> {
    return this.#server.ask('requested');
  }

  /** Paths of all that a whole sync has to read. */
  paths(): Promise<string[]> {
    return this.#server.ask('paths');
  }

  /** Reads everything with nothing behind it. @returns milliseconds */
  async fetchMs(atOnce = 8): Promise<number> {
    const urls = (await this.paths()).map((path) => `${this.url}/api/events/generated/${path}`);
    return await this.#reader.ask('fetch', { urls, atOnce });
  }

  async stop(): Promise<void> {
    await Promise.all([this.#server.stop(), this.#reader.stop()]);
  }
}
