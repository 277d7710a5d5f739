/** What a Redis that can't be used says or does, in words that name the server without its password. */
import { connectionReason } from '../db/failure.ts';
import { QueueUnavailableError } from '../errors.ts';

/** How a reply begins, or what is in it, and what it means. Newer servers and older ones differ in their words. */
const replies: [RegExp, (message: string) => string][] = [
  [
    /^NOAUTH/,
    () =>
      'it wants a password. Put it into REDIS_URL: redis://:PASSWORD@HOST:6379/0, or redis://USER:PASSWORD@…',
  ],
  [/^WRONGPASS|invalid password/, () => 'it refused the user or the password. Check those in REDIS_URL.'],
  [
    /DB index is out of range/,
    () =>
      'it has no database of that number. Use a smaller one at the end of REDIS_URL, or raise "databases" in its settings.',
  ],
  [
    /NOPERM|ACL failure|No permissions|executing the script can't/,
    (message) =>
      `its user may not do what the queue needs (${message}). Allow it all commands on its keys, scripts included: ACL SETUSER NAME ~* &* +@all`,
  ],
  // All that a cluster's client says of a node that it does not reach.
  [/^Connection is closed/, () => 'no connection to it can be made. Check REDIS_URL and the server.'],
  [/^LOADING/, () => 'it is loading its data. Try again in a moment.'],
  [/^OOM/, () => 'its memory is full. Raise its maxmemory.'],
  [/^MISCONF/, () => 'it takes no writes because it can not save them. Look into its log.'],
];

/**
 * @param error what a command or a connection failed with; a cluster's wrapping is looked through
 * @returns one of ours with a sentence
 */
export function redisFailure(url: string, error: Error): QueueUnavailableError {
  const inner = (error as { lastNodeError?: Error }).lastNodeError ?? error;
  const { message, code } = inner as NodeJS.ErrnoException;
  const known = replies.find(([pattern]) => pattern.test(message));
  const reason = known
    ? known[1](message)
    : `${connectionReason(code) ?? (message || code)}. Check REDIS_URL and the server.`;
  return new QueueUnavailableError(`Redis at ${new URL(url).host} can not be used: ${reason}`, {
    cause: error,
  });
}

/**
 * BullMQ's jobs must not be thrown away when memory gets short.
 *
 * @param info what `INFO memory` answers
 */
export function evictionWarning(url: string, info: string): string | undefined {
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  if (policy === undefined || policy === 'noeviction') return undefined;
  return `Redis at ${new URL(url).host} may throw jobs away when its memory is full (maxmemory-policy ${policy}). Set it to noeviction.`;
}
