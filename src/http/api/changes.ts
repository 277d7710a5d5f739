/** What changed in a conference, as data and as a feed. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { findConference } from '../../conferences/conferences.ts';
import { askedRange } from '../../history/changes/asked-range.ts';
import { changesFeed, changesOf } from '../../history/changes/index.ts';
import type { Web } from '../context.ts';
import { instant, parsed, slugOf } from '../params.ts';
import { allowAnyOrigin } from './allow-any-origin.ts';
import { sendTagged, tagged } from './etag.ts';

const range = z.object({
  since: instant.optional(),
  from: instant.optional(),
  to: instant.optional(),
  run: z.uuid({ error: 'is not the id of a run' }).optional(),
});
const feedDays = 30;

export async function changeRoutes(scope: FastifyInstance, web: Web): Promise<void> {
  const db = web.database.orm;
  allowAnyOrigin(scope);

  scope.get<{ Params: { slug: string } }>('/api/conferences/:slug/changes', async (request, reply) => {
    const asked = askedRange(parsed(range, request.query));
    const conference = await findConference(db, slugOf(request.params.slug));
    const publicOnly = !(await web.gate.allows(request));
    const changes = await changesOf(db, conference, { ...asked, publicOnly });
    // Only what everybody gets may lie in a cache that others read from.
    if (!publicOnly) return reply.header('cache-control', 'private, no-store').send(changes);
    return sendTagged(request, reply, tagged(JSON.stringify(changes), 'application/json; charset=utf-8'));
  });

  scope.get<{ Params: { slug: string } }>('/api/conferences/:slug/changes.atom', async (request, reply) => {
    const conference = await findConference(db, slugOf(request.params.slug));
    const since = new Date(Date.now() - feedDays * 86_400_000);
    const changes = await changesOf(db, conference, { since, publicOnly: true });
    const origin = `${request.protocol}://${request.host}`;
    const feed = changesFeed(changes, {
      slug: conference.slug,
      name: conference.name,
      url: `${origin}/api/conferences/${conference.slug}/changes.atom`,
      page: `${origin}/c/${conference.slug}`,
      timezone: conference.timezone,
    });
    return sendTagged(request, reply, tagged(feed, 'application/atom+xml; charset=utf-8'));
  });
}
