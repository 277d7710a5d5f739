/** Conferences and their programme, for everybody. */
import type { FastifyInstance } from 'fastify';
import { findConference, listConferences } from '../../conferences/conferences.ts';
import type { Web } from '../context.ts';
import { slugOf } from '../params.ts';
import { type LatestRuns, latestRuns } from './latest-runs.ts';
import { publicConference, publicRun } from './public-view.ts';

export async function conferenceRoutes(scope: FastifyInstance, web: Web): Promise<void> {
  const db = web.database.orm;

  scope.get('/api/conferences', async () => {
    const rows = await listConferences(db);
    const latest = await latestRuns(
      db,
      rows.map((row) => row.id),
    );
    return rows.map((row) => ({ ...publicConference(row), ...status(latest.get(row.id)) }));
  });

  scope.get<{ Params: { slug: string } }>('/api/conferences/:slug', async (request) => {
    const row = await findConference(db, slugOf(request.params.slug));
    const latest = await latestRuns(db, [row.id]);
    return { ...publicConference(row), ...status(latest.get(row.id)) };
  });
}

function status(latest: LatestRuns | undefined) {
  return {
    last_run: latest?.last ? publicRun(latest.last) : null,
    last_success_at: latest?.succeeded?.finishedAt ?? null,
    held_run: latest?.held?.id ?? null,
  };
}
