/** Who may change something or see private data: the holder of the admin token, by Bearer or by a browser's session. */
import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config.ts';
import { SettingsError } from '../../errors.ts';
import { ForeignOriginError, NotAuthenticatedError } from '../errors.ts';
import type { Attempts } from './attempts.ts';
import { sameSecret } from './compare.ts';
import { isLoopback } from './loopback.ts';
import { type Sessions, sessionCookie } from './session.ts';

export type Proof = 'bearer' | 'session';

/** The admin token that holds for this process, and whether it was made just now. @throws SettingsError */
export function adminTokenFor(http: Config['http']): { token: string; isNew: boolean } {
  if (http.adminToken !== undefined) return { token: http.adminToken, isNew: false };
  if (!isLoopback(http.host)) {
    throw new SettingsError(
      `HOST is ${http.host}, which others can reach, and GREENROOM_ADMIN_TOKEN is not set. Set it (for example to the output of: openssl rand -hex 32), or set HOST to 127.0.0.1.`,
    );
  }
  return { token: randomBytes(24).toString('base64url'), isNew: true };
}

export class AdminGate {
  readonly #token: string;
  readonly #sessions: Sessions;
  readonly #attempts: Attempts;

  constructor(token: string, sessions: Sessions, attempts: Attempts) {
    this.#token = token;
    this.#sessions = sessions;
    this.#attempts = attempts;
  }

  /** Whether the request shows what only the admin sees. A wrong token counts as a failed attempt. */
  async allows(request: FastifyRequest): Promise<boolean> {
    return (await this.#proofOf(request)) !== undefined;
  }

  /**
   * A wrong token counts as a failed attempt, and so does a change that is asked for without one.
   *
   * @throws NotAuthenticatedError without a valid token or session
   * @throws ForeignOriginError when a session's request that changes something comes from another site
   * @throws TooManyAttemptsError
   */
  async demand(request: FastifyRequest): Promise<Proof> {
    const proof = await this.#proofOf(request);
    if (proof === undefined) {
      const message = 'This needs the admin token: Authorization: Bearer <token>.';
      // Not counted: a board left open polls on after its session ended.
      if (isSafe(request)) throw new NotAuthenticatedError(message);
      return this.#attempts.fail(request, message);
    }
    if (proof === 'session' && !isSafe(request) && !isOwnOrigin(request)) {
      throw new ForeignOriginError('A request with a session has to come from a page of this server.');
    }
    return proof;
  }

  /** @throws NotAuthenticatedError @throws TooManyAttemptsError */
  async demandToken(request: FastifyRequest, given: string): Promise<void> {
    await this.#attempts.check(request);
    if (!sameSecret(given, this.#token)) await this.#attempts.fail(request, 'That is not the admin token.');
  }

  async #proofOf(request: FastifyRequest): Promise<Proof | undefined> {
    const given = bearerOf(request);
    if (given !== undefined) {
      await this.demandToken(request, given);
      return 'bearer';
    }
    return this.#sessions.isOpen(request.cookies[sessionCookie]) ? 'session' : undefined;
  }
}

/** The token of an `Authorization: Bearer` header. */
function bearerOf(request: FastifyRequest): string | undefined {
  return /^bearer +(\S.*)$/i.exec(request.headers.authorization ?? '')?.[1]?.trim();
}

function isSafe(request: FastifyRequest): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}

/** Browsers send Origin with every request that changes something; one without it is not from our pages. */
export function isOwnOrigin(request: FastifyRequest): boolean {
  const origin = request.headers.origin;
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.host;
}
