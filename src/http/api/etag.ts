import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A body as it is sent, with an ETag made from it. */
export interface Tagged {
  body: Buffer;
  contentType: string;
  etag: string;
}

export function tagged(text: string, contentType: string): Tagged {
  const body = Buffer.from(text);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  return { body, contentType, etag };
}

/** Sends a body with its ETag, or 304 without a body when the client has it already. */
export function sendTagged(request: FastifyRequest, reply: FastifyReply, sent: Tagged) {
  const { body, contentType, etag } = sent;
  reply.header('etag', etag).header('cache-control', 'public, no-cache').type(contentType);
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.send(body);
}

/** If-None-Match names several tags, weak ones too, or any (`*`). */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const named = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return named.includes('*') || named.includes(etag);
}
