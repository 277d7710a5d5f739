/** `/metrics`: what this process counted, and what PostgreSQL and the queue know, for Prometheus. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Registry } from 'prom-client';
import { registry } from '../../metrics.ts';
import { isLoopback } from '../auth/loopback.ts';
import type { Web } from '../context.ts';
import { StoredMetrics } from './stored.ts';

/** Open to all where only this machine can ask, and not through a proxy; else to the holder of the admin token. */
export async function metricsRoutes(scope: FastifyInstance, web: Web): Promise<void> {
  const isPublic = isLoopback(web.config.http.host);
  const stored = new StoredMetrics(web);
  const all = Registry.merge([registry, stored.registry]);

  scope.get('/metrics', async (request, reply) => {
    if (!isPublic || isForwarded(request)) await web.gate.demand(request);
    await stored.refresh();
    return reply
      .header('cache-control', 'no-store')
      .type(all.contentType)
      .send(await all.metrics());
  });
}

/** A proxy on this machine says for whom it asks, or at least under which name it was asked. */
function isForwarded({ headers, hostname }: FastifyRequest): boolean {
  const said = ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'x-real-ip', 'via'].some(
    (name) => headers[name] !== undefined,
  );
  return said || !isLoopback(hostname);
}
