/** What changed in a conference, as data and as a feed. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { findConference } from '../../conferences/conferences.ts';
import type { ConferenceRow } from '../../db/schema/index.ts';
import { limitStatements } from '../../db/statement-timeout.ts';
import { askedRange } from '../../history/changes/asked-range.ts';
import { beginningOfNewest, historyStateOf } from '../../history/changes/bounds.ts';
import {
  type Change,
  type ChangesOptions,
  changesFeed,
  changesOf,
  type FeedOptions,
} from '../../history/changes/index.ts';
import { purgedUntil } from '../../history/purged.ts';
import type { Web } from '../context.ts';
import { parsedQuery, queryMoment, slugOf } from '../params.ts';
import { statementTimeoutMs } from '../timeouts.ts';
import { allowAnyOrigin } from './allow-any-origin.ts';
import { sendTagged, tagged } from './etag.ts';
import { keptAnswers } from './kept-answers.ts';

const range = z.object({
  since: queryMoment.optional(),
  from: queryMoment.optional(),
  to: queryMoment.optional(),
  run: z.uuid({ error: 'is not the id of a run' }).optional(),
});
const dayMs = 86_400_000;
const feedDays = 30;
/** Of a conference that is synced every few minutes, some weeks. */
const maxTransactions = 2_000;
const keptBytes = 16 * 1024 * 1024;

/** How changes are written, and what besides them it is made of. */
interface Rendering {
  contentType: string;
  made: unknown;
  write(changes: Change[]): string;
}
const json: Rendering = {
  contentType: 'application/json; charset=utf-8',
  made: 'json',
  write: JSON.stringify,
};
const atom = (options: FeedOptions): Rendering => ({
  contentType: 'application/atom+xml; charset=utf-8',
  made: options,
  write: (changes) => changesFeed(changes, options),
});

type Slug = { Params: { slug: string } };

export async function changeRoutes(scope: FastifyInstance, web: Web): Promise<void> {
  const db = web.database.orm;
  const kept = keptAnswers(keptBytes);
  allowAnyOrigin(scope);

  const read = (conference: ConferenceRow, options: ChangesOptions): Promise<Change[]> =>
    db.transaction(async (tx) => {
      await limitStatements(tx, statementTimeoutMs);
      return changesOf(tx, conference, options);
    });

  /** What everybody gets: the newest of what was asked for, made once for each state of the history. */
  async function sendPublic(
    { request, reply }: { request: FastifyRequest; reply: FastifyReply },
    conference: ConferenceRow,
    asked: ChangesOptions,
    { contentType, made, write }: Rendering,
  ) {
    // Read before what is made of it, which may be newer and never older.
    const state = await historyStateOf(db, conference.id);
    const from = await beginningOfNewest(db, conference.id, asked, maxTransactions);
    const options = { ...asked, ...(from && { from }), publicOnly: true };
    const key = JSON.stringify([conference.id, state, made, options]);
    const make = async () => tagged(write(await read(conference, options)), contentType);
    const answer = await kept.forceFetch(key, { context: make });
    tellPurged(reply, conference, options);
    if (from) reply.header('link', `<${earlier(conference.slug, asked, from)}>; rel="prev"`);
    return sendTagged(request, reply, answer);
  }

  scope.get<Slug>('/api/conferences/:slug/changes', async (request, reply) => {
    const asked = askedRange(parsedQuery(range, request.query));
    const conference = await findConference(db, slugOf(request.params.slug));
    if (!(await web.gate.allows(request))) {
      return sendPublic({ request, reply }, conference, asked, json);
    }
    tellPurged(reply, conference, asked);
    // Only what everybody gets may lie in a cache that others read from.
    return reply.header('cache-control', 'private, no-store').send(await read(conference, asked));
  });

  scope.get<Slug>('/api/conferences/:slug/changes.atom', async (request, reply) => {
    const conference = await findConference(db, slugOf(request.params.slug));
    // Of whole days, so that the feed of one day is the same.
    const since = new Date((Math.floor(Date.now() / dayMs) - feedDays) * dayMs);
    const origin = `${request.protocol}://${request.host}`;
    const options = {
      slug: conference.slug,
      name: conference.name,
      url: `${origin}/api/conferences/${conference.slug}/changes.atom`,
      page: `${origin}/c/${conference.slug}`,
      timezone: conference.timezone,
    };
    return sendPublic({ request, reply }, conference, { since }, atom(options));
  });
}

/** In a header, since a list has no place for it: of what changed earlier than that, not all is known any more. */
function tellPurged(reply: FastifyReply, conference: ConferenceRow, { since, from }: ChangesOptions): void {
  const until = purgedUntil(conference, from ?? since ?? new Date(0));
  if (until) reply.header('history-purged-before', until.toISOString());
}

/** Where what came before is told. */
function earlier(slug: string, { since, from, run }: ChangesOptions, before: Date): string {
  const beginning = from ?? (since && new Date(since.getTime() + 1));
  const query = new URLSearchParams({
    ...(beginning && { from: beginning.toISOString() }),
    to: new Date(before.getTime() - 1).toISOString(),
    ...(run && { run }),
  });
  return `/api/conferences/${slug}/changes?${query}`;
}
