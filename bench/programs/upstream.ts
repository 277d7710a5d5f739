/** Serves a generated programme like pretalx, the same for every event's slug, in a process of its own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pages } from '../generated/pages.ts';
import type { ProgrammeOptions } from '../generated/programme.ts';
import { answerParent } from './answering.ts';

export interface Requested {
  /** Paths below the event. */
  paths: string[];
  /** On the clock that all processes of a machine share (`process.hrtime`), in milliseconds. */
  firstAtMs: number | undefined;
}

let options: ProgrammeOptions & { latencyMs?: number } = { talks: 0 };
let pages: Pages | undefined;
let requested: Requested = { paths: [], firstAtMs: undefined };

const server = createServer(async (request, response) => {
  requested.firstAtMs ??= Number(process.hrtime.bigint()) / 1e6;
  const path = /^\/api\/events\/[^/]+\/(.*)$/.exec(request.url ?? '')?.[1];
  if (path !== undefined) requested.paths.push(path);
  const body = path === undefined ? undefined : pages?.answer(path);
  if (options.latencyMs) await sleep(options.latencyMs);
  response
    .writeHead(body ? 200 : 404, { 'content-type': 'application/json' })
    .end(body ?? '{"detail":"Not found."}');
});

// Between two measurements it is silent for longer than Node would keep a connection.
server.keepAliveTimeout = 0;

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

server.listen(0, '127.0.0.1', () =>
  answerParent({
    url,
    serve(change: Partial<typeof options>) {
      const { latencyMs, ...programme } = change;
      options = { ...options, ...change };
      if (Object.keys(programme).length > 0) pages = new Pages(options, url());
    },
    paths: () => pages?.paths(),
    /** What was asked for since the last time. */
    requested() {
      const since = requested;
      requested = { paths: [], firstAtMs: undefined };
      return since;
    },
  }),
);
