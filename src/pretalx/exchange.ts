import { Agent as HttpAgent, type IncomingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import got, { type PlainResponse } from 'got';
import { ResponseTooLargeError } from '../errors.ts';
import { Body, bodyLimitBytes } from './body.ts';

/** One request and its response, with the connections, time limits and size limit that all requests have. */
export interface Exchange {
  status: number;
  headers: IncomingHttpHeaders;
  body: Body;
}

// Redirects and retries are decided in client.ts: the token must not follow a redirect, and a pause must not occupy
// one of the few places at the host. Streamed because only that lets a body without a length be refused half-way.
const client = got.extend({
  agent: { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) },
  followRedirect: false,
  throwHttpErrors: false,
  retry: { limit: 0 },
  headers: { accept: 'application/json', 'user-agent': 'greenroom' },
});

/**
 * @param timeouts milliseconds: until connected, and for the whole response
 * @throws ResponseTooLargeError, or got's RequestError (its options hold the token: never pass it on)
 */
export async function exchange(
  url: URL,
  headers: Record<string, string>,
  timeouts: { connectTimeoutMs: number; timeoutMs: number },
  signal: AbortSignal,
): Promise<Exchange> {
  const { connectTimeoutMs, timeoutMs } = timeouts;
  const stream = client.stream(url, {
    headers,
    signal,
    timeout: {
      lookup: connectTimeoutMs,
      connect: connectTimeoutMs,
      secureConnect: connectTimeoutMs,
      request: timeoutMs,
    },
  });
  let answer: Exchange | undefined;
  stream.once('response', ({ statusCode, headers: received }: PlainResponse) => {
    answer = {
      status: statusCode,
      headers: received,
      body: new Body(Number(received['content-length'] ?? 0)),
    };
  });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (answer === undefined) break;
      if (answer.body.length + chunk.length > bodyLimitBytes) {
        throw new ResponseTooLargeError(
          `The answer of ${url.origin}${url.pathname} is larger than ${bodyLimitBytes / 1024 / 1024} MiB and was refused. Check that the base URL is a pretalx server.`,
        );
      }
      answer.body.add(chunk);
    }
    if (answer === undefined) throw new Error('The connection ended without a response');
    return answer;
  } catch (error) {
    answer?.body.release();
    throw error;
  } finally {
    stream.destroy();
  }
}
