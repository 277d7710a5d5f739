import { createHash } from 'node:crypto';
import { GreenroomError, RemovalGuardError, rootOf } from '../errors.ts';

/** What `sync_runs.error` holds. */
export interface RunError {
  name: string;
  message: string;
  entity?: string;
  existing?: number;
  /** Keys that would go, by entity. */
  removing?: Record<string, readonly string[]>;
  /** Only of a run that is held, and not stored: stands for `removing` where somebody approves what they were shown. */
  shown?: string;
}

/** Another text for other removals; 16 hexadecimal digits. */
export function digestOfRemovals({ removing = {} }: Pick<RunError, 'removing'>): string {
  const keys = Object.entries(removing).flatMap(([entity, going]) => going.map((key) => [entity, key]));
  const text = JSON.stringify(keys.map((key) => JSON.stringify(key)).sort());
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
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
