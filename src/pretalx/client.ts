/** The one way to ask pretalx: the API's version, retries, pauses and redirects of one event's requests. */
import { setTimeout as sleep } from 'node:timers/promises';
import { RequestError, TimeoutError } from 'got';
import type { Logger } from 'pino';
import { UsageError } from '../errors.ts';
import type { Body } from './body.ts';
import { type Exchange, exchange } from './exchange.ts';
import * as failures from './failures.ts';
import { originOf, whenQuietIsOver } from './origin.ts';
import { retryAfterMs } from './retry-after.ts';

/** What a caller can make something of: JSON, or a 400 or 404 that may mean something where it was asked. */
export interface Answer {
  status: 200 | 400 | 404;
  /** JSON when `status` is 200. */
  body: Body;
  place: failures.Place;
}

export interface ClientOptions {
  baseUrl: string;
  eventSlug: string;
  token: string | undefined;
  tokenName?: string | undefined;
  config: { concurrency: number; connectTimeoutMs: number; timeoutMs: number };
  signal: AbortSignal;
  log?: Logger | undefined;
  onResponse?: ((response: { status: number; ms: number }) => void) | undefined;
}

export interface Client {
  /**
   * @param endpoint below the event, `rooms/`; the event itself is ``
   * @param query without the question mark
   * @param priority what is asked of the host first when more is asked than it may be asked at once
   * @throws UnauthorizedError, PermissionError, NotPretalxError, UpstreamUnavailableError, UpstreamBusyError,
   *   ResponseTooLargeError, or the signal's reason
   */
  get(endpoint: string, query?: string, priority?: number): Promise<Answer>;
  place(endpoint: string): failures.Place;
}

/** One question to the host, until it is answered. */
interface Question {
  url: URL;
  asVersion: string;
  priority: number;
}

/** Waits in place as long as this in all; a longer pause is the queue's business. */
const patienceMs = 30_000;
/** Pauses before the second and third try at what failed on the way: the run's own attempts are for the rest. */
const quickRetriesMs = [200, 800];

/** Whether a text, trimmed, can be sent as a token. */
export const isToken = (text: string): boolean => /^[!-~]+$/.test(text);

/** A client for one event, for one reading: it remembers which API version this upstream speaks. */
export function openClient(options: ClientOptions): Client {
  const { eventSlug, config, signal, tokenName = 'PRETALX_TOKEN' } = options;
  if (!URL.canParse(options.baseUrl)) {
    throw new UsageError(
      `"${options.baseUrl}" is not a URL. The base URL of pretalx looks like https://pretalx.com`,
    );
  }
  const base = new URL(options.baseUrl);
  const root = `${base.pathname.replace(/\/+$/, '')}/api/events/${encodeURIComponent(eventSlug)}/`;
  const origin = originOf(base, config.concurrency);
  const token = options.token?.trim();
  const authorization = token === undefined ? {} : { authorization: `Token ${token}` };
  let version: 'v2' | 'v1' = 'v2';
  if (token !== undefined && !isToken(token)) throw failures.malformedToken(eventSlug, tokenName);

  const place = (endpoint: string): failures.Place => ({
    eventSlug,
    base: base.origin + base.pathname.replace(/\/+$/, ''),
    path: root + endpoint,
    hasToken: token !== undefined,
    tokenName,
  });

  async function askOnce({ url, asVersion, priority }: Question): Promise<Exchange> {
    await whenQuietIsOver(origin, signal);
    return await origin.queue.add(
      async () => {
        signal.throwIfAborted();
        const startedMs = performance.now();
        const msSince = () => Math.round(performance.now() - startedMs);
        const headers = { ...authorization, 'pretalx-version': asVersion };
        const answer = await exchange(url, headers, config, signal).catch((error: unknown) => {
          if (!signal.aborted) options.onResponse?.({ status: 0, ms: msSince() });
          throw error;
        });
        const { status } = answer;
        const ms = msSince();
        options.onResponse?.({ status, ms });
        options.log?.debug({ path: url.pathname + url.search, status, ms }, 'pretalx answered');
        return answer;
      },
      { priority },
    );
  }

  /** Tries again what failed on the way, and waits where upstream asks for it. */
  async function ask(question: Question, where: failures.Place): Promise<Exchange> {
    let waitedMs = 0;
    for (let failed = 0, refused = 0; ; ) {
      let answer: Exchange | undefined;
      let trouble = '';
      try {
        answer = await askOnce(question);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof TimeoutError) throw failures.unavailable(where, timeoutOf(error, config));
        if (!(error instanceof RequestError)) throw error;
        trouble = reasonOf(error);
      }
      if (answer !== undefined) {
        const { status, headers } = answer;
        const pauseMs = askedPauseMs(answer, refused);
        if (pauseMs !== undefined) {
          if (waitedMs + pauseMs > patienceMs) throw failures.busy(where, status, pauseMs);
          refused += 1;
          waitedMs += pauseMs;
          origin.quietUntilMs = Math.max(origin.quietUntilMs, Date.now() + pauseMs);
          options.log?.info({ status, pauseMs, retryAfter: headers['retry-after'] }, 'pretalx asks to wait');
          continue;
        }
        if (status < 500) return answer;
        trouble = `status ${status}`;
      }
      const pauseMs = quickRetriesMs[failed];
      if (pauseMs === undefined) throw failures.unavailable(where, trouble);
      failed += 1;
      options.log?.debug({ path: where.path, trouble, pauseMs }, 'trying again');
      await sleep(pauseMs * (0.75 + Math.random() / 2), undefined, { signal });
    }
  }

  /** pretalx redirects to the same path with a slash; anything that stays on this host is followed, twice at most. */
  async function askFollowing(first: Question, where: failures.Place): Promise<Exchange> {
    let question = first;
    for (let hops = 0; ; hops += 1) {
      const answer = await ask(question, where);
      const location = answer.headers.location;
      if (answer.status < 300 || answer.status > 399) return answer;
      if (location === undefined || !URL.canParse(location, question.url.href)) {
        throw failures.notPretalx(where, `status ${answer.status}`);
      }
      const target = new URL(location, question.url.href);
      if (target.origin !== base.origin) throw failures.redirectedAway(where, target.origin);
      if (hops === 2) throw failures.notPretalx(where, 'redirects without end');
      question = { ...question, url: target };
    }
  }

  async function get(endpoint: string, query = '', priority = 0): Promise<Answer> {
    const where = place(endpoint);
    const url = new URL(root + endpoint + (query === '' ? '' : `?${query}`), base.origin);
    const asVersion = version;
    const { status, headers, body } = await askFollowing({ url, asVersion, priority }, where);
    const isJson = /^application\/json\b/i.test(headers['content-type'] ?? '');
    if (status === 401) throw failures.unauthorized(where);
    if (status === 403) throw failures.forbidden(where);
    if (status === 400 && isJson && body.text().includes('API version not supported')) {
      if (asVersion === 'v1') throw failures.notPretalx(where, 'it speaks neither API v2 nor v1');
      version = 'v1';
      return get(endpoint, query, priority);
    }
    if (status === 400 || status === 404) return { status, body, place: where };
    if (status !== 200) throw failures.notPretalx(where, `status ${status}`);
    if (!isJson) {
      throw failures.notPretalx(
        where,
        `content type ${headers['content-type'] ?? 'missing'} instead of JSON`,
      );
    }
    return { status, body, place: where };
  }

  return { get, place };
}

/** How long 429, and 503 with Retry-After, ask to wait; 429 alone means a little longer each time. */
function askedPauseMs({ status, headers }: Exchange, refused: number): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  const nowMs = Date.parse(headers.date ?? '') || Date.now();
  return retryAfterMs(headers['retry-after'], nowMs) ?? (status === 429 ? 2000 * 2 ** refused : undefined);
}

function timeoutOf(error: TimeoutError, config: ClientOptions['config']): string {
  return error.event === 'request'
    ? `no whole answer within ${config.timeoutMs} ms`
    : `no connection within ${config.connectTimeoutMs} ms`;
}

/** got's message may quote the URL with credentials; its code never does. */
function reasonOf(error: RequestError): string {
  return error.code === 'ECONNRESET' ? 'the connection was cut off (ECONNRESET)' : error.code;
}
