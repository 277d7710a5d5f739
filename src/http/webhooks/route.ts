/** `POST /webhooks/pretalx/:slug`: a sender says that something changed. */
import { eq } from 'drizzle-orm';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { conferences } from '../../db/schema/index.ts';
import { DatabaseUnavailableError, NoEventError, NotFoundError } from '../../errors.ts';
import { webhookDeliveriesTotal } from '../../metrics.ts';
import { webhookSecrets } from '../../webhooks/secrets.ts';
import type { Web } from '../context.ts';
import { answerOf, NotAuthenticatedError } from '../errors.ts';
import { isSlug } from '../params.ts';
import { checkJson } from './body.ts';
import { acceptDelivery } from './deliveries.ts';
import { verifyDelivery } from './schemes.ts';

const maxBodyBytes = 1024 * 1024;
const refusal =
  'The delivery is not signed with the secret of a conference here, or its timestamp is more than 5 minutes off.';

/** The body is taken as bytes, whatever its type says: the signature is over the bytes. */
export async function webhookRoutes(scope: FastifyInstance, web: Web): Promise<void> {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: maxBodyBytes },
    async (_request: FastifyRequest, body: Buffer) => body,
  );
  scope.addHook('onError', async (_request, _reply, error) => {
    const { status } = answerOf(error);
    const outcome = status === 401 || status === 429 ? 'refused' : status < 500 ? 'malformed' : 'failed';
    webhookDeliveriesTotal.inc({ outcome });
  });
  scope.post<{ Params: { slug: string } }>(
    '/webhooks/pretalx/:slug',
    {
      bodyLimit: maxBodyBytes,
      onRequest: async (request) => {
        await web.hookAttempts.check(request);
        request.raw.headers['content-type'] = 'application/octet-stream';
      },
    },
    async (request, reply) => {
      const { runId, replayed, conferenceId } = await accept(web, request).catch(durably);
      webhookDeliveriesTotal.inc({ outcome: replayed ? 'replayed' : 'accepted' });
      // Not waited for: the run is committed, and a queue that is away must not hold the answer.
      if (!replayed) {
        web.queue.dispatch(conferenceId).catch((err) => web.log.warn({ err, run: runId }, 'dispatch failed'));
      }
      return reply.code(202).send({ run: runId });
    },
  );
}

/** Whatever keeps a delivery from being stored, the sender is to try again, unless its conference was removed just now. */
function durably(error: unknown): never {
  if (error instanceof NotFoundError) throw new NotAuthenticatedError(refusal);
  if (answerOf(error).status !== 500) throw error;
  throw new DatabaseUnavailableError('The delivery could not be stored.', { cause: error });
}

/** @throws NotAuthenticatedError alike for a wrong signature, an unknown conference, and one without a secret. */
async function accept(web: Web, request: FastifyRequest<{ Params: { slug: string } }>) {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const conference = await conferenceOf(web, request.params.slug);
  const secrets = webhookSecrets(conference?.webhookSecretEnv);
  const verified = verifyDelivery({ headers: request.headers, body }, secrets);
  if (conference === undefined || verified === undefined) return web.hookAttempts.fail(request, refusal);
  checkJson(body);
  if (conference.pretalxEventSlug === null) throw new NoEventError(conference.slug);
  const accepted = await acceptDelivery(
    web.database,
    {
      conferenceId: conference.id,
      trigger: 'webhook',
      actor: `webhook (${verified.scheme})`,
      remoteAddr: request.ip,
    },
    verified.deliveryKey,
  );
  web.log.info({ conference: conference.slug, run: accepted.runId, replayed: accepted.replayed }, 'webhook');
  return { ...accepted, conferenceId: conference.id };
}

async function conferenceOf(web: Web, slug: string) {
  if (!isSlug(slug)) return undefined;
  const [row] = await web.database.orm.select().from(conferences).where(eq(conferences.slug, slug));
  return row;
}
