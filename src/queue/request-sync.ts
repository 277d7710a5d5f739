/** Requests for syncs: committed first, enqueued then. */
import { z } from 'zod';
import { findConference } from '../conferences/conferences.ts';
import type { Database } from '../db/client.ts';
import { databaseFailure } from '../db/failure.ts';
import { type Entity, entities, type Trigger, triggers } from '../db/schema/index.ts';
import { UsageError } from '../errors.ts';
import { readOrFaults, withoutNul } from '../faults.ts';
import { requestRun } from '../runs/runs.ts';
import type { Dispatcher } from './dispatch.ts';

export interface SyncRequest {
  /** Its slug. */
  conference: string;
  trigger: Trigger;
  /** Who asks. */
  actor?: string | null | undefined;
  comment?: string | null | undefined;
  /** What to sync; left out, everything. */
  entities?: readonly Entity[] | undefined;
  allowRemovals?: boolean | undefined;
  remoteAddr?: string | null | undefined;
}

/** What to sync, where something is named: an empty list of a program is no request for everything. */
export const someEntities = z
  .array(z.enum(entities))
  .min(1, 'must name at least one; leave it out to sync everything');

const text = z.string().refine(...withoutNul);
const syncRequest = z.strictObject({
  conference: text,
  trigger: z.enum(triggers),
  actor: text.nullish(),
  comment: text.nullish(),
  entities: someEntities.readonly().optional(),
  allowRemovals: z.boolean().optional(),
  remoteAddr: text.nullish(),
}) satisfies z.ZodType<SyncRequest>;

/** @returns the request of another program, @throws UsageError naming each field that can't be */
export function checkedRequest(request: unknown): SyncRequest {
  const read = readOrFaults(syncRequest, request, 'the request');
  if ('data' in read) return read.data;
  throw new UsageError(`A sync can't be requested like this: ${read.faults}.`);
}

/**
 * Asks for a sync. The request is kept when this returns, even while the queue is away.
 *
 * @returns the run's id, and whether it was waiting already
 * @throws NotFoundError when there is no such conference
 * @throws DatabaseUnavailableError when the request could not be kept
 */
export async function requestSync(
  database: Database,
  dispatcher: Dispatcher,
  request: SyncRequest,
): Promise<{ id: string; coalesced: boolean }> {
  const { conference: slug, ...asked } = request;
  try {
    const conference = await findConference(database.orm, slug);
    const { id, coalesced } = await requestRun(database.orm, { ...asked, conferenceId: conference.id });
    await dispatcher.enqueueNext(conference.id);
    return { id, coalesced };
  } catch (error) {
    throw databaseFailure(error, database.url);
  }
}
