/**
 * Every failure that somebody treats differently, one class each.
 *
 * `exitCode` is what the command line answers with, `statusCode` what HTTP answers with, and `isTransient` says that the
 * same may succeed at the run's next attempt; of any other the run has failed.
 */
export class GreenroomError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
  readonly exitCode: number = 1;
  readonly statusCode: number = 500;
  readonly isTransient: boolean = false;
}

/** Wrong use of a command or a route: an option or a value that can't be. */
export class UsageError extends GreenroomError {
  override readonly exitCode: number = 2;
  override readonly statusCode: number = 400;
}

/** One or more settings can't be used; the message names all of them. */
export class SettingsError extends UsageError {}

/** A conference, run or key that isn't there. */
export class NotFoundError extends UsageError {
  override readonly statusCode = 404;
}

/** The run or conference is in a state that doesn't allow what was asked. */
export class WrongStateError extends UsageError {
  override readonly statusCode = 409;
}

/** The conference names no pretalx event. */
export class NoEventError extends UsageError {
  constructor(slug: string) {
    super(
      `Conference "${slug}" has no pretalx event. Name it with: greenroom conference set ${slug} --event EVENT`,
    );
  }
}

/** The environment variable that a conference names for its token or secret is not set in this process. */
export class MissingSecretError extends UsageError {
  constructor(slug: string, variable: string) {
    super(
      `Conference "${slug}" takes its token from ${variable}, which is not set. Set it, or change it with: greenroom conference set ${slug} --token-env NAME`,
    );
  }
}

/** The database can't be reached, or went away. */
export class DatabaseUnavailableError extends GreenroomError {
  override readonly statusCode = 503;
  override readonly isTransient = true;
}

/** The queue's server (Redis, or the PostgreSQL backend) can't be reached, or went away. */
export class QueueUnavailableError extends GreenroomError {
  override readonly statusCode = 503;
  override readonly isTransient = true;
}

/** pretalx can't be reached, cut the answer off, took too long, or answered 5xx. */
export class UpstreamUnavailableError extends GreenroomError {
  override readonly isTransient = true;
}

/** pretalx asked to wait (429, or 503 with Retry-After). Uses up no attempt. */
export class UpstreamBusyError extends GreenroomError {
  override readonly isTransient = true;
  readonly retryAfterMs: number;
  constructor(message: string, retryAfterMs: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/** A listing stayed incomplete, or changed under our hands, in every reading. Nothing was written. */
export class IncompleteListingError extends GreenroomError {
  override readonly isTransient = true;
}

/** pretalx refused the token (401), or asked an anonymous reader for one. */
export class UnauthorizedError extends GreenroomError {}

/** The token may read less than a mirror needs (403, or silently the public subset). */
export class PermissionError extends GreenroomError {}

/** pretalx knows no such event (404). */
export class UnknownEventError extends GreenroomError {}

/** What answers is not pretalx' API (HTML, a redirect to elsewhere, not JSON). */
export class NotPretalxError extends GreenroomError {}

/** A field of an answer has the wrong type; names its path, the item's key and what was expected. */
export class WireShapeError extends GreenroomError {}

/** An answer is larger than we accept. */
export class ResponseTooLargeError extends GreenroomError {}

/** The release that the mirror shows is gone upstream. */
export class ReleaseDisappearedError extends GreenroomError {}

/** The conference names another event, or another server, than the one that was read. Nothing of the step was written. */
export class EventChangedError extends GreenroomError {
  override readonly isTransient = true;
}

/** Too many rows would go. Nothing of the step was written; the run is held until somebody decides. */
export class RemovalGuardError extends GreenroomError {
  override readonly exitCode = 3;
  readonly entity: string;
  readonly existing: number;
  readonly removing: readonly string[];
  /** Keys that the run's earlier steps found gone, by entity: whoever approves has seen these too, and no others. */
  alsoRemoving: Readonly<Record<string, readonly string[]>> = {};
  constructor(message: string, entity: string, existing: number, removing: readonly string[]) {
    super(message);
    this.entity = entity;
    this.existing = existing;
    this.removing = removing;
  }
}

/** A table of the user's has rows that point, by a foreign key, at rows that are to be deleted. */
export class ReferencedRowsError extends GreenroomError {
  override readonly statusCode = 409;
}

/** A reconcile found more differences than it was allowed to write. */
export class LimitExceededError extends GreenroomError {}

/** A job that no longer speaks for its run: another flow of the run took over, or the run has ended. */
export class ObsoleteJobError extends GreenroomError {}

/** Whether errors are told with their stack: only when somebody debugs. */
export function showsStacks(logLevel: string | undefined): boolean {
  return logLevel === 'debug' || logLevel === 'trace';
}

/**
 * What really happened. Whoever passes a failure on may wrap it: Drizzle does, and the wrapping's message has the
 * query's text and values in it.
 *
 * @returns the innermost cause, or the first of our own errors on the way to it
 */
export function rootOf(error: unknown): unknown {
  let inner = error;
  while (inner instanceof Error && !(inner instanceof GreenroomError) && inner.cause instanceof Error) {
    inner = inner.cause;
  }
  // Of the addresses that a name has, the first that was tried.
  return inner instanceof AggregateError && inner.errors[0] instanceof Error ? inner.errors[0] : inner;
}
