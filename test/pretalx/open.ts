import { onTestFinished } from 'vitest';
import { openReading, type ProgrammeReading, type ReadingOptions } from '../../src/pretalx/reading.ts';
import { type ReplayServer, startReplayServer } from '../support/replay-server.ts';

/** Opens readings of a replayed event that end with the test. */
export const everything = ['rooms', 'speakers', 'talks', 'schedule', 'defaults'] as const;

export async function serve(options?: Parameters<typeof startReplayServer>[0]): Promise<ReplayServer> {
  const upstream = await startReplayServer(options);
  onTestFinished(() => upstream.close());
  return upstream;
}

export interface ReaderOptions {
  /** Whose token; null: none. */
  reader?: string | null;
  token?: string;
  baseUrl?: string;
  eventSlug?: string;
  concurrency?: number;
  connectTimeoutMs?: number;
  timeoutMs?: number;
  signal?: AbortSignal;
  onResponse?: ReadingOptions['onResponse'];
}

export function read(upstream: ReplayServer, options: ReaderOptions = {}): ProgrammeReading {
  const { reader = 'organiser' } = options;
  const reading = openReading({
    baseUrl: options.baseUrl ?? upstream.url,
    eventSlug: options.eventSlug ?? upstream.slug,
    token: options.token ?? (reader === null ? undefined : upstream.token(reader)),
    config: {
      concurrency: options.concurrency ?? 4,
      connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
      timeoutMs: options.timeoutMs ?? 30_000,
    },
    signal: options.signal,
    onResponse: options.onResponse,
  });
  onTestFinished(() => reading.close());
  return reading;
}

/** The failure of a promise, which must fail. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('It did not fail');
}
