/** What a failed connection means for the user, in one sentence and without the password. */
import { DatabaseUnavailableError, GreenroomError, ReferencedRowsError, rootOf } from '../errors.ts';

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name could not be looked up',
  EHOSTUNREACH: 'the host can not be reached',
  ENETUNREACH: 'the network can not be reached',
  ECONNRESET: 'it cut the connection',
  EPIPE: 'it cut the connection',
  ETIMEDOUT: 'it did not answer in time',
  CONNECT_TIMEOUT: 'it did not answer in time',
  CONNECTION_CLOSED: 'it closed the connection',
  CONNECTION_DESTROYED: 'the connection was closed',
  CONNECTION_ENDED: 'the connection was closed',
  '28P01': 'it refused the password',
  '28000': 'it refused the user',
  '3D000': 'it has no such database',
  '25006': 'it only reads, as a standby does',
  '53100': 'its disk is full',
  '53300': 'it has no connection left',
  '55000': 'it lets nobody into this database for now',
  '57P01': 'it is shutting down',
  '57P02': 'it crashed',
  '57P03': 'it is starting or stopping',
};

/** What a connection's code says, as the end of a sentence about the server; Redis' connections have the same codes. */
export function connectionReason(code: string | undefined): string | undefined {
  return code === undefined ? undefined : reasons[code];
}

const embedded = new Map<string, string>();

/** From now on failures at this address name the embedded server's folder instead of a setting that is not set. */
export function rememberEmbedded(url: string, folder: string): void {
  embedded.set(url, folder);
}

/** What to do about a server that fails, as a sentence. */
export function whatToCheck(url: string): string {
  const folder = embedded.get(url);
  return folder === undefined
    ? 'Check DATABASE_URL and the server.'
    : `It is the embedded server; see server.log in ${folder}.`;
}

/** Where a database is, for messages: host, port and name, without user and password. */
export function whereIs(url: string): string {
  return url.replace(/^[a-z]+:\/\/([^/?#]*@)?/i, '').replace(/\?.*$/, '');
}

/**
 * The SQLSTATE or connection code of a failed query, such as `42P01` or `ECONNRESET`; Drizzle's wrapping is looked
 * through.
 */
export function sqlStateOf(error: unknown): string | undefined {
  return codedCauses(error).next().value?.code;
}

/**
 * The code that says that a server is not there, went away, or takes nothing for now, Redis included; undefined for any
 * other failure.
 */
export function lostConnectionCode(error: unknown): string | undefined {
  for (const { code, severity } of codedCauses(error)) {
    // A session that is refused or ended has it, and also a statement, as about a materialized view without its data.
    const isOfStatement = code === '55000' && severity !== 'FATAL';
    if (code in reasons && !isOfStatement) return code;
  }
  return undefined;
}

/**
 * Turns "the server is not there, went away, or takes nothing for now" into a DatabaseUnavailableError; any other error
 * comes back as it is, and so do errors of ours, whose causes may be another server's.
 *
 * @param error what a query threw; Drizzle's wrapping is looked through
 */
export function databaseFailure(error: unknown, url: string): unknown {
  const code = lostConnectionCode(error);
  if (code === undefined) return error;
  return new DatabaseUnavailableError(
    `PostgreSQL at ${whereIs(url)} can not be used: ${reasons[code]}. ${whatToCheck(url)}`,
    { cause: error },
  );
}

/**
 * Turns "a foreign key of the user's own table is in the way" into a ReferencedRowsError, for trying again doesn't help;
 * any other error comes back as it is.
 */
export function referencedRows(error: unknown): unknown {
  // 23001 is what PostgreSQL 18 says of ON DELETE RESTRICT.
  const state = sqlStateOf(error);
  if (state !== '23503' && state !== '23001') return error;
  const { schema_name, table_name, constraint_name } = rootOf(error) as Record<string, unknown>;
  if (schema_name === 'greenroom') return error;
  return new ReferencedRowsError(
    `Rows of ${schema_name}.${table_name} point at rows that are to be deleted, and its foreign key ${constraint_name} forbids that. Make it ON DELETE CASCADE or ON DELETE SET NULL, or take those rows away, and try again.`,
    { cause: error },
  );
}

/**
 * What to do when PostgreSQL refused its user a right to make, or to use, greenroom's schemas, as sentences; undefined
 * for any other failure.
 */
export function missingRight(error: unknown, url: string): string | undefined {
  if (sqlStateOf(error) !== '42501') return undefined;
  const { message } = rootOf(error) as Error;
  return `The user of DATABASE_URL lacks a right at ${whereIs(url)}: ${message}. It makes schemas (GRANT CREATE ON DATABASE … TO …), and has to own "greenroom" and "greenroom_queue" where they are there already.`;
}

/** `severity` is PostgreSQL's: `ERROR` ended a statement, `FATAL` the session. */
function* codedCauses(error: unknown): Generator<{ code: string; severity: unknown }, undefined> {
  for (let cause = error; cause instanceof Error && !(cause instanceof GreenroomError); cause = cause.cause) {
    const { code, severity } = cause as { code?: unknown; severity?: unknown };
    if (typeof code === 'string') yield { code, severity };
  }
  return undefined;
}
