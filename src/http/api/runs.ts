/** Runs: asked for, looked at, decided about. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { findConference } from '../../conferences/conferences.ts';
import { entities } from '../../db/schema/index.ts';
import { NoEventError, UsageError } from '../../errors.ts';
import { withoutNul } from '../../faults.ts';
import { runsFinishedTotal } from '../../metrics.ts';
import { someEntities } from '../../queue/request-sync.ts';
import { approveRun, findRun, listRuns, rejectRun, requestRun, runJson } from '../../runs/runs.ts';
import type { Web } from '../context.ts';
import { noQuery, parsed, parsedQuery, queryNumber, runIdOf, slugOf } from '../params.ts';
import { isForm, wantsPage } from '../wants-page.ts';
import { allowAnyOrigin } from './allow-any-origin.ts';
import { publicRun } from './public-view.ts';

const syncBody = z
  .strictObject({
    entities: someEntities.max(entities.length).optional(),
    comment: z
      .string()
      .trim()
      .max(500)
      .refine(...withoutNul)
      .optional(),
    allow_large_deletions: z.boolean().optional(),
  })
  .nullish();
const approveBody = z.strictObject({ shown: z.string().max(100).optional() }).nullish();
const listQuery = z.object({ limit: queryNumber(1, 500).default(50) });

export async function runRoutes(scope: FastifyInstance, web: Web): Promise<void> {
  const db = web.database.orm;
  allowAnyOrigin(scope);
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, readJson);

  scope.post<{ Params: { slug: string } }>('/api/conferences/:slug/sync', async (request, reply) => {
    await web.gate.demand(request);
    noQuery(request.query);
    const body = parsed(syncBody, isForm(request) ? emptyForm(request.body) : request.body);
    const conference = await findConference(db, slugOf(request.params.slug));
    if (conference.pretalxEventSlug === null) throw new NoEventError(conference.slug);
    const { id } = await requestRun(db, {
      conferenceId: conference.id,
      trigger: 'api',
      actor: 'admin',
      remoteAddr: request.ip,
      comment: body?.comment || null,
      entities: body?.entities,
      allowRemovals: body?.allow_large_deletions,
    });
    dispatch(web, conference.id);
    return answer(request, reply, 202, id, conference.slug);
  });

  scope.get<{ Params: { slug: string } }>('/api/conferences/:slug/runs', async (request) => {
    const { limit } = parsedQuery(listQuery, request.query);
    const conference = await findConference(db, slugOf(request.params.slug));
    const runs = await listRuns(db, { conferenceId: conference.id, limit });
    return runs.map((await web.gate.allows(request)) ? runJson : publicRun);
  });

  scope.get<{ Params: { id: string } }>('/api/runs/:id', async (request, reply) => {
    noQuery(request.query);
    const run = await findRun(db, runIdOf(request.params.id));
    reply.header('cache-control', 'no-store');
    return (await web.gate.allows(request)) ? runJson(run) : publicRun(run);
  });

  scope.post<{ Params: { id: string } }>('/api/runs/:id/approve', async (request, reply) => {
    await web.gate.demand(request);
    noQuery(request.query);
    const body = parsed(approveBody, request.body);
    const run = await findRun(db, runIdOf(request.params.id));
    await approveRun(db, run.id, body?.shown);
    dispatch(web, run.conferenceId);
    return answer(request, reply, 202, run.id, run.conference);
  });

  scope.post<{ Params: { id: string } }>('/api/runs/:id/reject', async (request, reply) => {
    await web.gate.demand(request);
    noQuery(request.query);
    const run = await findRun(db, runIdOf(request.params.id));
    await rejectRun(db, run.id);
    runsFinishedTotal.inc({ state: 'rejected' });
    dispatch(web, run.conferenceId);
    return answer(request, reply, 200, run.id, run.conference);
  });
}

/** Not waited for: what was asked is committed, and the sweeper enqueues what this can't. */
function dispatch(web: Web, conferenceId: number): void {
  web.queue.dispatch(conferenceId).catch((err) => web.log.warn({ err }, 'dispatch failed'));
}

/** A form of our pages goes back to its page; a program gets JSON. */
function answer(request: FastifyRequest, reply: FastifyReply, status: number, run: string, slug: string) {
  if (isForm(request) && wantsPage(request)) return reply.redirect(`/c/${slug}`, 303);
  return reply.code(status).send({ run });
}

/** The form that asks for a sync has no fields. @throws UsageError when there are some: they would be overlooked. */
function emptyForm(body: unknown): undefined {
  if (Object.keys(body ?? {}).length === 0) return undefined;
  throw new UsageError('What to sync is told as JSON. Send it with: Content-Type: application/json.');
}

/** As Fastify's own, but an empty body is none. */
async function readJson(_request: FastifyRequest, body: string | Buffer): Promise<unknown> {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString());
  } catch {
    throw Object.assign(new Error('The body is not JSON'), { statusCode: 400 });
  }
}
