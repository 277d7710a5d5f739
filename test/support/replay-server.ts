/**
 * A real HTTP server that answers like the recorded pretalx, and misbehaves on demand.
 *
 *   const upstream = await startReplayServer({ step: '1-v1.0' });        // or { recordings: 'democon-2025.2' }
 *   upstream.url, upstream.slug ('democon'), upstream.token('organiser' | 'organiser-read' | 'limited' | 'helper' |
 *     'reviewer' | 'expired')                                             // no token: anonymous
 *   await upstream.show('3-v1.1')            another recorded moment; edits are lost, rules and page size stay
 *   upstream.edit('submissions', (items) => items.filter(…))              what upstream holds: 'rooms', 'speakers',
 *     'submissions', 'tags', 'tracks', 'submission-types', 'slots' (those of the latest release); for all readers
 *   upstream.editObject('event' | 'schedules.latest', (body) => …)
 *   upstream.refuse('tracks', 403)           a whole listing is refused, for all readers
 *   upstream.release('1.1', (slots) => …)    a new release: new schedule id, new slot ids; the old one stays readable
 *   upstream.largestPage = 10                so that small listings have several pages
 *   upstream.latencyMs = 50                  before each response
 *   upstream.on('/rooms/').once().answer(429, { 'retry-after': '1' })     pattern: part of path and query, or a RegExp
 *     .times(n) .after(n) | .answer(status, headers, json) .text(body, type) .html() .redirect(url) .cutOff() .hangUp()
 *     .stall() .bytes(n) .gzip() .change(json => json) .run(() => …) .delay(ms); the first rule that takes a request has it
 *   upstream.requests                        [{ method, path, query, headers }] in order of arrival
 *   upstream.mostAtOnce, upstream.connections
 *   await upstream.close()
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readExport } from '../../src/demo/replay/exports.ts';
import type { Item } from '../../src/demo/replay/recordings.ts';
import { type ReplayedEvent, respond } from '../../src/demo/replay/respond.ts';
import { readReplayedEvent, requestOf } from '../../src/demo/replay/server.ts';
import { Rule, send } from './replay-rules.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
const readers = ['organiser', 'organiser-read', 'limited', 'helper', 'reviewer'];

export interface SeenRequest {
  method: string;
  path: string;
  /** Without the question mark. */
  query: string;
  headers: IncomingHttpHeaders;
}

export class ReplayServer {
  readonly slug = 'democon';
  readonly requests: SeenRequest[] = [];
  largestPage: number | undefined;
  latencyMs = 0;
  mostAtOnce = 0;
  connections = 0;
  url = '';
  #event: ReplayedEvent = { slug: 'democon', versions: [], views: new Map(), tokens: new Map() };
  #directory = '';
  #inFlight = 0;
  #rules: Rule[] = [];
  readonly #recordings: string;
  readonly #server = createServer((message, outgoing) => {
    void this.#answer(message, outgoing);
  });

  constructor(recordings: string) {
    this.#recordings = recordings;
  }

  async listen(): Promise<void> {
    this.#server.on('connection', () => {
      this.connections += 1;
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  token(reader: string): string {
    return `token-of-${reader}`;
  }

  async show(step: string): Promise<void> {
    this.#directory = join(fixtures, this.#recordings, step);
    const tokens = new Map(readers.map((reader) => [this.token(reader), reader]));
    this.#event = await readReplayedEvent(this.#directory, tokens);
  }

  on(pattern: string | RegExp): Rule {
    const rule = new Rule(pattern);
    this.#rules.push(rule);
    return rule;
  }

  /** Takes all rules back. */
  behave(): void {
    this.#rules = [];
  }

  edit(listing: string, change: (items: Item[]) => Item[]): void {
    for (const view of this.#event.views.values()) {
      const held =
        listing === 'slots'
          ? view.slots.get(view.releasedSchedule ?? Number.NaN)
          : view.listings.get(listing);
      if (held !== undefined) held.items = change(held.items);
    }
  }

  editObject(name: string, change: (body: Item) => Item): void {
    for (const view of this.#event.views.values()) {
      const held = view.objects.get(name);
      if (held?.status === 200) held.body = change(held.body as Item);
    }
  }

  refuse(listing: string, status: number): void {
    for (const view of this.#event.views.values()) {
      view.listings.set(listing, {
        refusal: { status, body: { detail: 'You do not have permission to perform this action.' } },
        items: [],
      });
    }
  }

  release(version: string, change: (slots: Item[]) => Item[] = (slots) => slots): void {
    const views = [...this.#event.views.values()];
    const schedule = Math.max(...views.flatMap((view) => [...view.slots.keys()])) + 1;
    for (const view of views) {
      const before = view.releasedSchedule;
      if (before === undefined) continue;
      const slots = structuredClone(view.slots.get(before)?.items ?? []);
      const items = change(slots).map((slot) => ({ ...slot, id: Number(slot.id) + 100_000, schedule }));
      view.slots.set(schedule, { refusal: undefined, items });
      view.releasedSchedule = schedule;
      const latest = view.objects.get('schedules.latest');
      if (latest !== undefined) latest.body = { ...(latest.body as Item), id: schedule, version };
    }
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #answer(message: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = requestOf(message);
    const { pathname: path, search } = request.url;
    this.requests.push({
      method: request.method,
      path,
      query: search.slice(1),
      headers: message.headers,
    });
    this.#inFlight += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#inFlight);
    outgoing.once('close', () => {
      this.#inFlight -= 1;
    });
    if (this.latencyMs > 0) await sleep(this.latencyMs);
    const usual = () => {
      const { largestPage } = this;
      return respond(largestPage === undefined ? this.#event : { ...this.#event, largestPage }, request);
    };
    const rule = this.#rules.find((candidate) => candidate.takes(path + search));
    if (rule !== undefined) return await rule.apply(outgoing, usual);
    send(outgoing, (await readExport(this.#directory, this.slug, request.url)) ?? usual());
  }
}

export async function startReplayServer(
  options: { step?: string; recordings?: string } = {},
): Promise<ReplayServer> {
  const server = new ReplayServer(options.recordings ?? 'democon');
  await server.show(options.step ?? '1-v1.0');
  await server.listen();
  return server;
}
