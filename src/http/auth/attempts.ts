/** Counts failed attempts to authenticate, by address, for webhooks and the admin token together. */
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NotAuthenticatedError, TooManyAttemptsError } from '../errors.ts';

const maxFailures = 10;
const windowMs = 60_000;
const maxAddresses = 10_000;

/** Ask `check` before looking at what was given; call `fail` when it was wrong. */
export interface Attempts {
  /** @throws TooManyAttemptsError */
  check(request: FastifyRequest): Promise<void>;
  /** @throws NotAuthenticatedError always @throws TooManyAttemptsError instead, when it was one too many. */
  fail(request: FastifyRequest, message: string): Promise<never>;
}

/**
 * After 10 failures within a minute an address has to wait until that minute is over, even with the right secret. Of
 * webhooks (`ofHooks`) only for the conference whose secret was wrong: one pretalx sends for many conferences from one
 * address. Failures for any of them count for the address as well, and what fails is answered 429 by then.
 */
export async function countAttempts(
  app: FastifyInstance,
): Promise<{ attempts: Attempts; ofHooks: Attempts }> {
  await app.register(rateLimit, { global: false, cache: maxAddresses });
  // A client that has hung up meanwhile has no address any more.
  const address = (request: FastifyRequest) => networkOf(request.ip ?? 'gone');
  const byAddress = counter(app, address);
  const byHook = counter(
    app,
    (request) => `${address(request)} ${(request.params as { slug: string }).slug}`,
  );
  const attempts: Attempts = {
    check: byAddress.check,
    async fail(request, message) {
      await byAddress.count(request);
      throw new NotAuthenticatedError(message);
    },
  };
  const ofHooks: Attempts = {
    check: byHook.check,
    async fail(request, message) {
      await byHook.count(request);
      return attempts.fail(request, message);
    },
  };
  return { attempts, ofHooks };
}

/** Both throw TooManyAttemptsError: `check` when there were too many, `count` when this is one too many. */
function counter(app: FastifyInstance, keyGenerator: (request: FastifyRequest) => string) {
  const limit = app.createRateLimit({ max: maxFailures, timeWindow: windowMs, keyGenerator });
  return {
    async check(request: FastifyRequest) {
      const seen = await limit(request, { increment: false });
      if (!seen.isAllowed && seen.remaining === 0) throw new TooManyAttemptsError(seen.ttlInSeconds);
    },
    async count(request: FastifyRequest) {
      const seen = await limit(request);
      if (!seen.isAllowed && seen.isExceeded) throw new TooManyAttemptsError(seen.ttlInSeconds);
    },
  };
}

/** One household has a whole /64 of IPv6 addresses; IPv4 counts singly, in either notation. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array<string>(gap).fill('0'), ...right]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
