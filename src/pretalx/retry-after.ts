const longestMs = 24 * 60 * 60 * 1000;
const shortestMs = 250;

/**
 * How long a response asks to wait.
 *
 * @param header `Retry-After`: seconds, or an HTTP date
 * @param nowMs the time to measure a date from: the response's own `Date`, when it has one, so that a wrong clock here does no harm
 * @returns milliseconds, between a quarter of a second and a day; undefined when the header is missing or means nothing
 */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, shortestMs), longestMs);
}
