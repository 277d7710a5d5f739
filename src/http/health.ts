/** `/healthz`: this process is alive. `/readyz`: it can do its work. */
import type { FastifyInstance } from 'fastify';
import { DatabaseUnavailableError, QueueUnavailableError } from '../errors.ts';
import { withinMs } from '../within.ts';
import type { Web } from './context.ts';

const timeoutMs = 2_000;
const late = 'it did not answer in time';

export async function healthRoutes(scope: FastifyInstance, web: Web): Promise<void> {
  scope.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });

  scope.get('/healthz', async () => ({ status: 'alive' }));

  scope.get('/readyz', async () => {
    const database = withinMs(web.database.sql`select 1`, timeoutMs, late).catch(() => {
      throw new DatabaseUnavailableError('The database does not answer.');
    });
    const queue = withinMs(web.queue.health(), timeoutMs + 500, late)
      .catch(() => ({ ok: false }))
      .then(({ ok }) => {
        if (!ok) throw new QueueUnavailableError('The queue does not answer.');
      });
    await Promise.all([database, queue]);
    return { status: 'ready' };
  });
}
