/** `/board`: Bull Board, for the holder of the admin token. */
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance } from 'fastify';
import { QueueUnavailableError } from '../errors.ts';
import { isSignedIn, sendLogin } from './auth/login.ts';
import type { Web } from './context.ts';
import { answerOf, handleError } from './errors.ts';
import { wantsPage } from './wants-page.ts';

const basePath = '/board';
const away =
  'The queue is away at the moment. Try again in a little while; what is requested meanwhile is kept.';

/** Bull Board sets styles from its script, and puts its settings into the page; no more than that is allowed. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
].join('; ');

export async function boardRoutes(scope: FastifyInstance, web: Web): Promise<void> {
  scope.addHook('onRequest', async (request, reply) => {
    if (request.method === 'GET' && wantsPage(request) && !request.headers.authorization) {
      if (!isSignedIn(web, request)) return sendLogin(reply, request.url, 401);
    }
    try {
      await web.gate.demand(request);
      // What is asked of a lost connection waits for its return, longer than anybody looks at an empty page.
      if (!web.queue.isUp()) throw new QueueUnavailableError(away);
    } catch (error) {
      // Bull Board has an error handler of its own, for its own errors.
      handleError(error, request, reply);
      return reply;
    }
    reply.header('cache-control', 'private, no-cache');
  });
  scope.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', contentSecurityPolicy);
  });

  const adapter = new FastifyAdapter();
  createBullBoard({
    queues: web.queue.board.map((queue) => new BullMQAdapter(queue)),
    // The two packages' patch versions may differ, and then TypeScript takes the same class for two.
    serverAdapter: adapter as unknown as Parameters<typeof createBullBoard>[0]['serverAdapter'],
    options: {
      uiConfig: {
        boardTitle: 'greenroom',
        miscLinks: [
          { text: 'Conferences', url: '/' },
          { text: 'Log out', url: '/logout' },
        ],
      },
    },
  });
  adapter.setErrorHandler((error) => {
    const { status, message } = answerOf(error);
    if (status >= 500) web.log.error({ err: error }, 'the board failed');
    return { status: status as 500, body: { error: message, message } };
  });
  adapter.setBasePath(basePath);
  await scope.register(adapter.registerPlugin(), { prefix: basePath });
}
