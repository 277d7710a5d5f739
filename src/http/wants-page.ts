import type { FastifyRequest } from 'fastify';

/** Whether a person with a browser asks: programs don't name text/html. */
export function wantsPage(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') ?? false;
}
