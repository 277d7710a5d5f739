/** A local server that answers like a real pretalx did at recorded moments: the demo's upstream. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { readExport } from './exports.ts';
import { readStep, readVersions } from './recordings.ts';
import { type ReplayedEvent, type ReplayRequest, type ReplayResponse, respond } from './respond.ts';

export interface Replay {
  /** The base URL for `--base-url`. */
  url: string;
  /** Goes on to another recorded moment; requests from now on are answered from it. */
  show(step: string): Promise<void>;
  close(): Promise<void>;
}

/** The organiser's token of the made-up event. */
export const organiserToken = 'replayed-organiser';

/**
 * @param directory the recordings, `fixtures/democon`
 * @param step one of its moments, `1-v1.0`
 * @param port 0 for any
 * @throws when the step has no recordings or the port is taken (EADDRINUSE)
 */
export async function startReplay(options: {
  directory: string;
  step: string;
  port?: number;
}): Promise<Replay> {
  let step = join(options.directory, options.step);
  let event = await readReplayedEvent(step);
  const server = createServer((message, outgoing) => {
    void answer(message)
      .catch(() => ({ status: 500, headers: {}, body: '' }))
      .then(({ status, headers, body }) => outgoing.writeHead(status, headers).end(body));
  });

  async function answer(message: IncomingMessage): Promise<ReplayResponse> {
    const request = requestOf(message);
    return (await readExport(step, event.slug, request.url)) ?? respond(event, request);
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async show(next) {
      const directory = join(options.directory, next);
      event = await readReplayedEvent(directory);
      step = directory;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Everything about one recorded moment. @param directory `fixtures/democon/1-v1.0` */
export async function readReplayedEvent(
  directory: string,
  tokens: ReadonlyMap<string, string> = new Map([[organiserToken, 'organiser']]),
): Promise<ReplayedEvent> {
  return {
    slug: 'democon',
    versions: await readVersions(directory),
    views: await readStep(directory),
    tokens,
  };
}

/** What of an incoming request matters to `respond`. */
export function requestOf(message: IncomingMessage): ReplayRequest {
  const { host, authorization } = message.headers;
  const version = message.headers['pretalx-version'];
  return {
    method: message.method ?? 'GET',
    url: new URL(message.url ?? '/', `http://${host ?? '127.0.0.1'}`),
    authorization,
    version: Array.isArray(version) ? version[0] : version,
  };
}
