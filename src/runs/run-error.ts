import { GreenroomError, RemovalGuardError, rootOf } from '../errors.ts';

/** What `sync_runs.error` holds. */
export interface RunError {
  name: string;
  message: string;
  entity?: string;
  existing?: number;
  /** Keys that would go, by entity. */
  removing?: Record<string, readonly string[]>;
}

/** What `sync_runs.error` says of a failure: no stack, no query, no secret. */
export function runError(error: unknown): RunError {
  if (error instanceof RemovalGuardError) {
    const { name, message, entity, existing, removing, alsoRemoving } = error;
    return { name, message, entity, existing, removing: { ...alsoRemoving, [entity]: removing } };
  }
  const inner = rootOf(error);
  if (inner instanceof GreenroomError) return { name: inner.name, message: inner.message };
  return inner instanceof Error
    ? { name: inner.name, message: `Something unexpected went wrong: ${inner.message}` }
    : { name: 'Error', message: `Something unexpected went wrong: ${String(inner)}` };
}
