/** The pages, for people. */
import type { FastifyInstance } from 'fastify';
import { isSignedIn } from '../auth/login.ts';
import type { Web } from '../context.ts';
import { slugOf } from '../params.ts';
import { assetRoutes } from './assets.ts';
import { conferencePage } from './conference.ts';
import { homePage } from './home.ts';
import { sendPage } from './layout.ts';

export async function pageRoutes(scope: FastifyInstance, web: Web): Promise<void> {
  assetRoutes(scope);

  scope.get('/', async (request, reply) =>
    sendPage(reply, { ...(await homePage(web)), signedIn: isSignedIn(web, request) }),
  );

  scope.get<{ Params: { slug: string } }>('/c/:slug', async (request, reply) =>
    sendPage(reply, await conferencePage(web, slugOf(request.params.slug), isSignedIn(web, request))),
  );
}
