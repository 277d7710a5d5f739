import type { FastifyRequest } from 'fastify';

/** Whether a person with a browser asks: programs don't name text/html. */
export function wantsPage(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') ?? false;
}

/** Whether it was sent by a form, as those of our pages are. */
export function isForm(request: FastifyRequest): boolean {
  return request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
}
