import type { FastifyInstance } from 'fastify';

const readOnly = ['GET', 'HEAD', 'OPTIONS'];
const oneDaySeconds = 86_400;

/**
 * Lets the scripts of any website read what the GET routes of this scope answer, and ask whether it is still what they
 * have: there is nothing in it that is not public. Call it before the routes.
 */
export function allowAnyOrigin(scope: FastifyInstance): void {
  // Not `onSend`, which an answer that is a stream never comes to.
  scope.addHook('onRequest', async (request, reply) => {
    if (!readOnly.includes(request.method)) return;
    reply
      .header('access-control-allow-origin', '*')
      .header('access-control-expose-headers', 'etag, link, history-purged-before')
      .header('cross-origin-resource-policy', 'cross-origin');
  });
  scope.addHook('onRoute', ({ method, url }) => {
    if (method !== 'GET') return;
    scope.options(url, async (_request, reply) =>
      reply
        .code(204)
        .header('access-control-allow-methods', 'GET, HEAD')
        .header('access-control-allow-headers', 'if-none-match')
        .header('access-control-max-age', oneDaySeconds)
        .send(),
    );
  });
}
