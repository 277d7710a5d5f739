/**
 * Serves a generated programme like pretalx, in a process of its own; prints its URL. Every page is serialised once.
 *
 *   node bench/upstream.ts TALKS LATENCY_MS CHANGED_FRACTION
 *
 * `POST /change?fraction=0.01&latencyMs=50` changes what it serves.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateProgramme } from './programme.ts';

const [talks = '500', latency = '0', fraction = '0'] = process.argv.slice(2);
let latencyMs = Number(latency);
let programme = generateProgramme(Number(talks), Number(fraction));
let pages = new Map<string, Buffer>();
const PREFIX = '/api/events/generated/';

const server = createServer(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname === '/change') {
    latencyMs = Number(url.searchParams.get('latencyMs') ?? latencyMs);
    if (url.searchParams.has('fraction'))
      programme = generateProgramme(Number(talks), Number(url.searchParams.get('fraction')));
    pages = new Map();
    return response.end('ok');
  }
  const body = answer(url);
  if (latencyMs > 0) await sleep(latencyMs);
  response
    .writeHead(body ? 200 : 404, { 'content-type': 'application/json' })
    .end(body ?? '{"detail":"Not found."}');
});

function answer(url: URL): Buffer | undefined {
  const known = pages.get(url.pathname + url.search);
  if (known) return known;
  const made = make(url);
  if (made === undefined) return undefined;
  const body = Buffer.from(JSON.stringify(made));
  pages.set(url.pathname + url.search, body);
  return body;
}

function make(url: URL): object | undefined {
  const path = url.pathname.slice(PREFIX.length).replace(/\/$/, '');
  if (path === '') return programme.event;
  if (path === 'schedules/latest')
    return { id: 1, version: '1.0', published: '2027-04-01T00:00:00+00:00', comment: null, slots: [] };
  const items = programme.listings[path];
  if (items === undefined) return undefined;
  const limit = url.searchParams.get('limit');
  const size = Math.min(
    Number(limit ?? url.searchParams.get('page_size') ?? 50),
    limit ? Number.POSITIVE_INFINITY : 250,
  );
  const from = limit
    ? Number(url.searchParams.get('offset') ?? 0)
    : (Number(url.searchParams.get('page') ?? 1) - 1) * size;
  const next = new URL(url);
  if (limit) next.searchParams.set('offset', String(from + size));
  else next.searchParams.set('page', String(from / size + 2));
  return {
    count: items.length,
    next: from + size < items.length ? next.href : null,
    previous: null,
    results: items.slice(from, from + size),
  };
}

server.listen(0, '127.0.0.1', () =>
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`),
);
process.on('SIGTERM', () => process.exit());
