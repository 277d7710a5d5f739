/** Conferences and their programme, for everybody. */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { findConference, listConferences } from '../../conferences/conferences.ts';
import type { ExportFormat } from '../../export/programme.ts';
import type { Web } from '../context.ts';
import { noQuery, parsed, parsedQuery, queryMoment, slugOf } from '../params.ts';
import { allowAnyOrigin } from './allow-any-origin.ts';
import { sendTagged } from './etag.ts';
import { LatestExports } from './latest-exports.ts';
import { type LatestRuns, latestRuns } from './latest-runs.ts';
import { publicConference, publicRun } from './public-view.ts';

const exports: Record<string, ExportFormat> = { 'schedule.json': 'schedule.json', 'schedule.ics': 'ical' };
const exportQuery = z.object({ as_of: queryMoment.optional() });

export async function conferenceRoutes(scope: FastifyInstance, web: Web): Promise<void> {
  const db = web.database.orm;
  const exported = new LatestExports(db);
  allowAnyOrigin(scope);

  scope.get('/api/conferences', async (request) => {
    noQuery(request.query);
    const rows = await listConferences(db);
    const latest = await latestRuns(
      db,
      rows.map((row) => row.id),
    );
    return rows.map((row) => ({ ...publicConference(row), ...status(latest.get(row.id)) }));
  });

  scope.get<{ Params: { slug: string } }>('/api/conferences/:slug', async (request) => {
    noQuery(request.query);
    const row = await findConference(db, slugOf(request.params.slug));
    const latest = await latestRuns(db, [row.id]);
    return { ...publicConference(row), ...status(latest.get(row.id)) };
  });

  for (const [name, format] of Object.entries(exports)) {
    scope.get<{ Params: { slug: string } }>(`/api/conferences/:slug/${name}`, async (request, reply) => {
      // A calendar's address has been through others' hands, who append what they like.
      const read = format === 'ical' ? parsed : parsedQuery;
      const { as_of: asOf } = read(exportQuery, request.query);
      const row = await findConference(db, slugOf(request.params.slug));
      const { baseUrl } = web.config.pretalx;
      return sendTagged(request, reply, await exported.of(row, { format, asOf, baseUrl }));
    });
  }
}

function status(latest: LatestRuns | undefined) {
  return {
    last_run: latest?.last ? publicRun(latest.last) : null,
    last_success_at: latest?.succeeded?.finishedAt ?? null,
    held_run: latest?.held?.id ?? null,
  };
}
