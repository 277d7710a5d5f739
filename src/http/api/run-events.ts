/** `GET /api/runs/:id/events`: a run's progress as it happens, as server-sent events. */
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { findRun, hasEnded } from '../../runs/runs.ts';
import { networkOf } from '../auth/attempts.ts';
import type { Web } from '../context.ts';
import { TooManyListenersError, TooManyOfAddressError } from '../errors.ts';
import { noQuery, runIdOf } from '../params.ts';
import { allowAnyOrigin } from './allow-any-origin.ts';
import { progressEvents } from './progress-events.ts';

const heartbeatMs = 15_000;
const maxListeners = 500;
/** A venue's visitors may share one address. */
const maxListenersOfAddress = 100;

export async function runEventRoutes(scope: FastifyInstance, web: Web): Promise<void> {
  allowAnyOrigin(scope);
  const byAddress = new Map<string, number>();
  scope.get<{ Params: { id: string } }>(
    '/api/runs/:id/events',
    { exposeHeadRoute: false },
    async (request, reply) => {
      noQuery(request.query);
      const run = await findRun(web.database.orm, runIdOf(request.params.id));
      if (web.watcher.listeners >= maxListeners) {
        throw new TooManyListenersError(
          'Too many clients look on at runs at the moment. Ask for the run itself.',
        );
      }
      const address = networkOf(request.ip ?? 'gone');
      const ofAddress = byAddress.get(address) ?? 0;
      if (ofAddress >= maxListenersOfAddress) {
        throw new TooManyOfAddressError(
          `Your address looks on at runs ${ofAddress} times at the moment, which is the most. Ask for the run itself.`,
        );
      }
      const lastId = request.headers['last-event-id'];
      // 204 tells an EventSource not to come back: it has seen the end.
      if (lastId === `end.${run.state}` && hasEnded(run.state)) return reply.code(204).send();
      reply.hijack();
      const stream = reply.raw;
      // Of a client that has hung up meanwhile nobody would say any more that it is gone.
      if (stream.destroyed) return;
      const headers = reply.getHeaders() as Record<string, string>;
      stream.writeHead(200, {
        ...headers,
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      byAddress.set(address, ofAddress + 1);
      stream.on('close', () => {
        const left = (byAddress.get(address) ?? 1) - 1;
        if (left === 0) byAddress.delete(address);
        else byAddress.set(address, left);
      });
      send(web, run.id, stream, typeof lastId === 'string' ? lastId : undefined);
    },
  );
}

/** Writes until the run has ended, the client has gone, or nothing more can be known. */
function send(web: Web, runId: string, stream: ServerResponse, lastId: string | undefined): void {
  let seen = lastId;
  let waitsUntil: string | undefined;
  stream.write('retry: 2000\n: the progress of a run\n\n');
  const heartbeat = setInterval(() => stream.write(': still here\n\n'), heartbeatMs);
  const stop = web.watcher.watch(runId, (snapshot) => {
    if (snapshot === undefined) return void stream.end();
    const isOver = hasEnded(snapshot.state);
    const until = snapshot.retryAt?.toISOString();
    if (!isOver && until !== waitsUntil) {
      const data = JSON.stringify({ attempt: snapshot.attempts, retry_at: until ?? null });
      stream.write(`event: attempt\ndata: ${data}\n\n`);
      waitsUntil = until;
    }
    for (const event of progressEvents(snapshot, seen)) {
      stream.write(`id: ${event.id}\nevent: progress\ndata: ${JSON.stringify(event.data)}\n\n`);
      seen = event.id;
    }
    if (!isOver) return;
    const data = JSON.stringify({ run: runId, state: snapshot.state });
    stream.end(`id: end.${snapshot.state}\nevent: end\ndata: ${data}\n\n`);
  });
  stream.on('close', () => {
    clearInterval(heartbeat);
    stop();
  });
  stream.on('error', () => stream.destroy());
}
