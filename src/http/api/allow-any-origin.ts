import type { FastifyInstance } from 'fastify';

/** Lets the scripts of any website read these answers: there is nothing in them that is not public. */
export function allowAnyOrigin(scope: FastifyInstance): void {
  scope.addHook('onSend', async (_request, reply) => {
    reply.header('access-control-allow-origin', '*').header('cross-origin-resource-policy', 'cross-origin');
  });
}
