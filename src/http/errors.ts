/** Failures that only HTTP knows, and how every failure is answered: a status and `{error}`. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { databaseFailure, sqlStateOf } from '../db/failure.ts';
import { DatabaseUnavailableError, GreenroomError, UsageError } from '../errors.ts';
import { sendErrorPage } from './pages/layout.ts';
import { isForm, wantsPage } from './wants-page.ts';

/** Nobody we know: no token, a wrong one, or a signature that isn't right. */
export class NotAuthenticatedError extends UsageError {
  override readonly statusCode = 401;
}

/** Known, but the request comes from another site's page. */
export class ForeignOriginError extends UsageError {
  override readonly statusCode = 403;
}

/** Too many failed attempts from one address. */
export class TooManyAttemptsError extends UsageError {
  override readonly statusCode = 429;
  readonly retryAfterSeconds: number;
  constructor(retryAfterSeconds: number) {
    super(`Too many failed attempts from this address. Try again in ${retryAfterSeconds} s.`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** As many look on at runs as may: the limit does what it is for. */
export class TooManyListenersError extends GreenroomError {
  override readonly statusCode: number = 503;
}

/** The same, of one address. */
export class TooManyOfAddressError extends TooManyListenersError {
  override readonly statusCode = 429;
}

/** Instead of Fastify's own words, which repeat the address, however long it is. */
const ofAddress: Record<string, string> = {
  FST_ERR_BAD_URL: 'This address can not be read: a percent sign in it begins no character.',
  FST_ERR_MAX_PARAM_LENGTH: 'This address is too long: no conference and no run has such a name.',
};

/**
 * A status and a sentence for any failure. What is unexpected, and where the database is, is named to nobody outside:
 * that is in the log.
 */
export function answerOf(error: unknown): { status: number; message: string } {
  if (error instanceof GreenroomError && !(error instanceof DatabaseUnavailableError)) {
    if (error.statusCode !== 500) return { status: error.statusCode, message: error.message };
  } else if (databaseFailure(error, '') instanceof DatabaseUnavailableError) {
    return { status: 503, message: 'The database is away at the moment. Try again in a little while.' };
  }
  if (isDataException(error)) {
    return { status: 400, message: 'A value in the request is one that the database can not hold.' };
  }
  const { statusCode: status, code } = (error ?? {}) as Partial<FastifyError>;
  if (code === 'FST_ERR_HANDLER_TIMEOUT' || sqlStateOf(error) === statementTimedOut) {
    return { status: 503, message: 'This took too long. Try again in a little while.' };
  }
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return { status, message: ofAddress[code ?? ''] ?? sentence((error as Error).message) };
  }
  return { status: 500, message: 'Something went wrong here. The log of the server says what.' };
}

/** Fastify's error handler: answers, and logs what is our fault. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, message } = answerOf(error);
  if (status >= 500) {
    const { method, url } = request;
    const level = error instanceof TooManyListenersError ? 'debug' : 'error';
    request.log[level]({ method, path: url.replace(/\?.*$/, ''), err: error }, 'request failed');
  }
  if (error instanceof TooManyAttemptsError) reply.header('retry-after', error.retryAfterSeconds);
  else if (status === 503) reply.header('retry-after', 5);
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="greenroom"');
  answer(request, reply, status, message);
}

/** Fastify's handler for what no route serves, other methods of a known path included. */
export function handleUnknownRoute(request: FastifyRequest, reply: FastifyReply): void {
  answer(request, reply, 404, 'There is nothing here. The pages begin at /, the data at /api/conferences.');
}

/** JSON for programs; a page for people, except under /api, unless a form of a page led there. */
function answer(request: FastifyRequest, reply: FastifyReply, status: number, message: string): void {
  const isOfPage = !request.url.startsWith('/api/') || isForm(request);
  if (wantsPage(request) && isOfPage) sendErrorPage(reply, status, message);
  else reply.code(status).header('cache-control', 'no-store').send({ error: message });
}

/** PostgreSQL's code for a statement that it gave up. */
const statementTimedOut = '57014';

/** PostgreSQL's class 22: a value that can't be, such as a number out of range. */
function isDataException(error: unknown): boolean {
  return /^22\w{3}$/.test(sqlStateOf(error) ?? '');
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
