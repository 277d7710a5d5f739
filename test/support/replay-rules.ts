/** How the replay server misbehaves: one rule says for which requests, how often, and in which way. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { json, type ReplayResponse } from '../../src/demo/replay/respond.ts';

type Send = (outgoing: ServerResponse, usual: () => ReplayResponse) => Promise<void> | void;

export class Rule {
  readonly #pattern: string | RegExp;
  #remaining = Number.POSITIVE_INFINITY;
  #skip = 0;
  #send: Send = (outgoing, usual) => send(outgoing, usual());

  constructor(pattern: string | RegExp) {
    this.#pattern = pattern;
  }

  /** Holds for so many requests, then no more. */
  times(count: number): this {
    this.#remaining = count;
    return this;
  }

  once(): this {
    return this.times(1);
  }

  /** Leaves the first so many requests alone. */
  after(count: number): this {
    this.#skip = count;
    return this;
  }

  answer(status: number, headers: Record<string, string> = {}, body: unknown = { detail: 'made up' }): this {
    const response = json(status, body);
    this.#send = (outgoing) => send(outgoing, { ...response, headers: { ...response.headers, ...headers } });
    return this;
  }

  /** Any body, as it stands. */
  text(body: string, contentType = 'application/json', status = 200): this {
    this.#send = (outgoing) => send(outgoing, { status, headers: { 'content-type': contentType }, body });
    return this;
  }

  html(status = 200): this {
    return this.text('<!doctype html><title>Hello</title>', 'text/html; charset=utf-8', status);
  }

  redirect(location: string, status = 302): this {
    return this.answer(status, { location });
  }

  /** Half of the body, then the connection is gone. */
  cutOff(): this {
    this.#send = async (outgoing, usual) => {
      const { status, headers, body } = usual();
      outgoing.writeHead(status, headers);
      outgoing.write(body.slice(0, body.length / 2));
      await sleep(20);
      outgoing.destroy();
    };
    return this;
  }

  /** The connection is closed without any answer. */
  hangUp(): this {
    this.#send = (outgoing) => void outgoing.destroy();
    return this;
  }

  /** The headers and a first byte come; the rest never does. */
  stall(): this {
    this.#send = (outgoing) => {
      outgoing.writeHead(200, { 'content-type': 'application/json' });
      outgoing.write('{');
    };
    return this;
  }

  /** A body of so many bytes, in pieces, without a length. */
  bytes(total: number): this {
    this.#send = async (outgoing) => {
      outgoing.writeHead(200, { 'content-type': 'application/json' });
      const gone = new AbortController();
      outgoing.once('close', () => gone.abort());
      const piece = Buffer.alloc(1024 * 1024, ' ');
      for (let sent = 0; sent < total && !outgoing.destroyed; sent += piece.length) {
        if (!outgoing.write(piece)) {
          await once(outgoing, 'drain', { signal: gone.signal }).catch(() => {});
        }
      }
      outgoing.end();
    };
    return this;
  }

  /** The usual answer, or so many blanks, compressed. */
  gzip(blanks?: number): this {
    this.#send = (outgoing, usual) => {
      const { status, headers, body } = usual();
      const compressed = gzipSync(blanks === undefined ? body : Buffer.alloc(blanks, ' '));
      outgoing.writeHead(status, { ...headers, 'content-encoding': 'gzip' }).end(compressed);
    };
    return this;
  }

  /** The usual answer, later. */
  delay(ms: number): this {
    const then = this.#send;
    this.#send = async (outgoing, usual) => {
      await sleep(ms);
      await then(outgoing, usual);
    };
    return this;
  }

  /** The usual answer with its JSON changed. */
  // biome-ignore lint/suspicious/noExplicitAny: a test knows which answer it changes
  change(edit: (body: any) => unknown): this {
    this.#send = (outgoing, usual) => {
      const response = usual();
      send(outgoing, json(response.status, edit(JSON.parse(response.body))));
    };
    return this;
  }

  /** Calls back (to edit what upstream holds, say) before the usual answer is made. */
  run(callback: () => void | Promise<void>): this {
    this.#send = async (outgoing, usual) => {
      await callback();
      send(outgoing, usual());
    };
    return this;
  }

  /** Whether this rule is for the request; counts. */
  takes(pathAndQuery: string): boolean {
    const matches =
      typeof this.#pattern === 'string'
        ? pathAndQuery.includes(this.#pattern)
        : this.#pattern.test(pathAndQuery);
    if (!matches || this.#remaining <= 0) return false;
    if (this.#skip > 0) {
      this.#skip -= 1;
      return false;
    }
    this.#remaining -= 1;
    return true;
  }

  async apply(outgoing: ServerResponse, usual: () => ReplayResponse): Promise<void> {
    await this.#send(outgoing, usual);
  }
}

export function send(outgoing: ServerResponse, response: ReplayResponse): void {
  outgoing.writeHead(response.status, response.headers).end(response.body);
}
