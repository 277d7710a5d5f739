/** Puts the web server together: what holds for every route, then the routes. */
import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import helmet from '@fastify/helmet';
import { type FastifyInstance, fastify, LogController } from 'fastify';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import type { Logger } from '../log.ts';

import { changeRoutes } from './api/changes.ts';
import { conferenceRoutes } from './api/conferences.ts';
import { runEventRoutes } from './api/run-events.ts';
import { RunWatcher } from './api/run-watcher.ts';
import { runRoutes } from './api/runs.ts';
import { AdminGate } from './auth/admin.ts';
import { countAttempts } from './auth/attempts.ts';
import { loginRoutes } from './auth/login.ts';
import { Sessions } from './auth/session.ts';
import { boardRoutes } from './board.ts';
import type { Web, WebQueue } from './context.ts';
import { handleError, handleUnknownRoute } from './errors.ts';
import { healthRoutes } from './health.ts';
import { metricsRoutes } from './metrics/route.ts';
import { pageRoutes } from './pages/routes.ts';
import { handlerTimeoutMs } from './timeouts.ts';
import { webhookRoutes } from './webhooks/route.ts';

/** Only what this server itself serves, no inline script or style, no frames. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/** Builds the server without listening yet. */
export async function buildApp(options: {
  config: Config;
  database: Database;
  queue: WebQueue;
  log: Logger;
  adminToken: string;
}): Promise<FastifyInstance> {
  const { config, database, queue, log, adminToken } = options;
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: config.http.trustedProxies.length > 0 ? config.http.trustedProxies : false,
    bodyLimit: 64 * 1024,
    requestTimeout: 30_000,
    // A database that is cut off without a word must not hold the clients.
    handlerTimeout: handlerTimeoutMs,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: handleError,
  }) as unknown as FastifyInstance;
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(handleUnknownRoute);
  // `no-referrer` would make browsers send `Origin: null` with forms, and then nobody could tell whose page it was.
  await app.register(helmet, {
    contentSecurityPolicy,
    referrerPolicy: { policy: 'same-origin' },
    // Other names below this one are not ours to bind.
    strictTransportSecurity: { includeSubDomains: false },
  });
  await app.register(cookie);
  await app.register(formbody);

  const sessions = new Sessions(adminToken);
  const { attempts, ofHooks: hookAttempts } = await countAttempts(app);
  const gate = new AdminGate(adminToken, sessions, attempts);
  const watcher = new RunWatcher(database, log);
  app.addHook('preClose', async () => watcher.close());
  const web: Web = { config, database, queue, log, gate, attempts, hookAttempts, sessions, watcher };

  for (const routes of [
    healthRoutes,
    metricsRoutes,
    webhookRoutes,
    conferenceRoutes,
    changeRoutes,
    runRoutes,
    runEventRoutes,
    loginRoutes,
    boardRoutes,
    pageRoutes,
  ]) {
    await app.register((scope) => routes(scope, web));
  }
  return app;
}
