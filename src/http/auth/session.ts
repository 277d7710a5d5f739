/** A browser's session: an expiry and a random number, signed with a key made from the admin token. */
import { createHmac, randomBytes } from 'node:crypto';
import { sameSecret } from './compare.ts';

export const sessionCookie = 'greenroom_session';
export const sessionLifetimeMs = 12 * 60 * 60 * 1000;

/**
 * Makes and checks sessions. They are signed, not stored, so several web servers with the same admin token accept each
 * other's; a new admin token ends them all. Only those that were ended early are remembered, by the server that ended
 * them and until it stops: elsewhere such a session is good until it expires.
 */
export class Sessions {
  readonly #key: Buffer;
  /** Ended before their time, until it comes. */
  readonly #ended = new Map<string, number>();

  constructor(adminToken: string) {
    this.#key = createHmac('sha256', adminToken).update('greenroom session').digest();
  }

  /** @returns The cookie's value. */
  open(nowMs: number = Date.now()): string {
    const claim = `${nowMs + sessionLifetimeMs}.${randomBytes(16).toString('base64url')}`;
    return `${claim}.${this.#sign(claim)}`;
  }

  isOpen(session: string | undefined, nowMs: number = Date.now()): boolean {
    const parts = session?.split('.');
    if (parts?.length !== 3) return false;
    const [expiry = '', nonce = '', signature = ''] = parts;
    if (!sameSecret(signature, this.#sign(`${expiry}.${nonce}`))) return false;
    return Number(expiry) > nowMs && !this.#ended.has(nonce);
  }

  end(session: string | undefined, nowMs: number = Date.now()): void {
    if (!this.isOpen(session, nowMs)) return;
    const [expiry, nonce = ''] = (session as string).split('.');
    for (const [old, until] of this.#ended) if (until <= nowMs) this.#ended.delete(old);
    this.#ended.set(nonce, Number(expiry));
  }

  #sign(claim: string): string {
    return createHmac('sha256', this.#key).update(claim).digest('base64url');
  }
}
