/**
 * Stands between a worker and PostgreSQL and counts what passes: statements, round trips, and how long the server had
 * work to do. It takes a little time itself, so what runs through it is not timed.
 */

import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { Messages } from './messages.ts';

export interface WireCounts {
  statements: number;
  /** How often a connection had to wait for an answer before it went on; statements sent together share one. */
  roundTrips: number;
  /** While at least one connection waited for the server. */
  busyMs: number;
}

export interface WireCounter {
  /** The database's URL, through the counter. */
  url: string;
  /** Of the mirror's connections since the last time; those of the queue and of the sweeper don't count. */
  take(): WireCounts;
  stop(): Promise<void>;
}

class Tally {
  counts: WireCounts = { statements: 0, roundTrips: 0, busyMs: 0 };
  #busy = 0;
  #since = 0;

  busy(change: 1 | -1): void {
    if (this.#busy === 0) this.#since = performance.now();
    this.#busy += change;
    if (this.#busy === 0) this.counts.busyMs += performance.now() - this.#since;
  }
}

export async function countOnTheWire(databaseUrl: string): Promise<WireCounter> {
  const target = new URL(databaseUrl);
  const tally = new Tally();
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 5432), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket.setNoDelay());
      socket.on('error', () => {});
      socket.once('close', () => sockets.delete(socket));
    }
    watch(client, upstream, tally);
    client.pipe(upstream);
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    take() {
      const taken = tally.counts;
      tally.counts = { statements: 0, roundTrips: 0, busyMs: 0 };
      return taken;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function watch(client: Socket, upstream: Socket, tally: Tally): void {
  let counted = false;
  let answered = true;
  /** Syncs and simple queries that the server has not finished with. */
  let open = 0;
  const asked = new Messages(true, (type, body) => {
    if (type === '') counted = isMirrors(body?.toString() ?? '');
    if (!counted || type === '' || type === 'p' || type === 'X') return;
    if (answered) tally.counts.roundTrips += 1;
    answered = false;
    if (type === 'Q' || type === 'E') tally.counts.statements += 1;
    if (type !== 'Q' && type !== 'S') return;
    if (open === 0) tally.busy(1);
    open += 1;
  });
  const said = new Messages(false, (type) => {
    answered = true;
    if (type !== 'Z' || open === 0) return;
    open -= 1;
    if (open === 0) tally.busy(-1);
  });
  client.on('data', (chunk: Buffer) => asked.push(chunk));
  upstream.on('data', (chunk: Buffer) => said.push(chunk));
  client.once('close', () => {
    if (open > 0) tally.busy(-1);
    open = 0;
  });
}

/** By the application's name: the mirror's connections have the plain one. */
function isMirrors(startup: string): boolean {
  const words = startup.split('\0');
  return words[words.indexOf('application_name') + 1] === 'greenroom';
}
