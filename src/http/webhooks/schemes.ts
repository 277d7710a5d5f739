/** The ways in which senders of pretalx webhooks prove that they know the secret. */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { standardWebhook } from '../../webhooks/standard.ts';
import { sameSecret } from '../auth/compare.ts';

/** How far a signed timestamp may be off, in either direction. */
const toleranceMs = 5 * 60 * 1000;

/** What came: headers with lower-case names, and the bytes of the body, untouched. */
export interface Delivery {
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** `deliveryKey` names the delivery for good: a second one with the same key is a replay. null: it has no identity. */
export interface Verified {
  scheme: 'secret' | 'bearer' | 'django' | 'standard';
  deliveryKey: string | null;
}

type Scheme = (delivery: Delivery, secret: string, nowMs: number) => Verified | undefined;

/** What the delivery proves with one of the secrets; `undefined` when it proves nothing. */
export function verifyDelivery(
  delivery: Delivery,
  secrets: readonly string[],
  nowMs: number = Date.now(),
): Verified | undefined {
  let verified: Verified | undefined;
  for (const secret of secrets) {
    for (const scheme of schemes) verified ??= scheme(delivery, secret, nowMs);
  }
  return verified;
}

/** The efdevcon plugin of pretalx: the secret itself in a header. */
const sharedSecret: Scheme = ({ headers }, secret) => {
  const given = single(headers['x-webhook-secret']);
  return given !== undefined && sameSecret(headerBytes(given), Buffer.from(secret))
    ? { scheme: 'secret', deliveryKey: null }
    : undefined;
};

/** venueless. */
const bearer: Scheme = ({ headers }, secret) => {
  const given = /^bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1];
  return given !== undefined && sameSecret(headerBytes(given.trim()), Buffer.from(secret))
    ? { scheme: 'bearer', deliveryKey: null }
    : undefined;
};

/** django-webhook: hex HMAC-SHA256 of `timestamp:body`, one per secret of the sender, in seconds since 1970. */
const django: Scheme = ({ headers, body }, secret, nowMs) => {
  const timestamp = single(headers['django-webhook-request-timestamp']);
  const signatures = single(headers['django-webhook-signature-v1']);
  if (timestamp === undefined || signatures === undefined) return undefined;
  if (!/^\d{1,12}(?:\.\d+)?$/.test(timestamp)) return undefined;
  if (Math.abs(Number(timestamp) * 1000 - nowMs) > toleranceMs) return undefined;
  const signed = Buffer.concat([Buffer.from(`${timestamp}:`), body]);
  const expected = createHmac('sha256', secret).update(signed).digest('hex');
  const given = signatures.split(',').map((signature) => signature.trim().toLowerCase());
  return given.filter((signature) => sameSecret(signature, expected)).length > 0
    ? { scheme: 'django', deliveryKey: keyOf('django', signed) }
    : undefined;
};

/** Standard Webhooks: the id is signed too, and stays the same when the sender tries again. */
const standard: Scheme = ({ headers, body }, secret) => {
  const id = single(headers['webhook-id']);
  const timestamp = single(headers['webhook-timestamp']);
  const signature = single(headers['webhook-signature']);
  if (id === undefined || timestamp === undefined || signature === undefined) return undefined;
  if (!/^\d{1,12}$/.test(timestamp)) return undefined;
  const named = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  try {
    standardWebhook(secret).verify(body, named, { jsonParse: false });
  } catch {
    return undefined;
  }
  return { scheme: 'standard', deliveryKey: keyOf('standard', Buffer.from(id)) };
};

const schemes: readonly Scheme[] = [sharedSecret, bearer, django, standard];

function keyOf(scheme: string, identity: Buffer): string {
  return `${scheme}:${createHash('sha256').update(identity).digest('hex')}`;
}

/** Node reads header bytes as latin1; secrets may be UTF-8. */
function headerBytes(value: string): Buffer {
  return Buffer.from(value, 'latin1');
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
