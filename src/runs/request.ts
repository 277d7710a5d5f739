/** How a run is asked for: one committed row, whoever asks and however often. */
import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { v7 as uuidv7 } from 'uuid';
import type { Executor } from '../db/client.ts';
import { sqlStateOf } from '../db/failure.ts';
import { type Entity, entities as entityOrder, syncRuns, type Trigger } from '../db/schema/runs.ts';
import { excluded } from '../db/statements.ts';
import { NotFoundError } from '../errors.ts';

export interface RunRequest {
  conferenceId: number;
  trigger: Trigger;
  actor?: string | null | undefined;
  remoteAddr?: string | null | undefined;
  comment?: string | null | undefined;
  /** What to sync; nothing named is everything. */
  entities?: readonly Entity[] | undefined;
  /** Let the guard pass all removals of these entities; of others that the run does as well it holds them. */
  allowRemovals?: boolean | undefined;
}

const separator = '; ';
const mostCharacters = 500;
const foreignKeyViolation = '23503';

export interface Requested {
  id: string;
  conferenceId: number;
  /** True when a run was waiting already, which now does this request too. */
  coalesced: boolean;
}

/**
 * Asks for a run. A conference has one waiting run: a request joins it, its entities are united, its permission to
 * remove is added for its own entities, and the run names all who asked and why, as far as its 500 characters go.
 *
 * @throws NotFoundError when the conference is not there any more
 */
export async function requestRun(db: Executor, request: RunRequest): Promise<Requested> {
  const [requested] = await requestRuns(db, [request]);
  if (!requested) throw new Error('The request for a run was not stored.');
  return requested;
}

/**
 * Asks for a run of each of several conferences, in one statement. No conference may be named twice.
 *
 * A run that waits in the queue with fewer steps than it now needs is marked as not enqueued: its old jobs are
 * obsolete, and a new flow is made for it.
 *
 * @throws NotFoundError when one of the conferences is not there any more
 */
export async function requestRuns(db: Executor, requests: readonly RunRequest[]): Promise<Requested[]> {
  if (requests.length === 0) return [];
  const rows = requests.map((request) => ({
    id: uuidv7(),
    conferenceId: request.conferenceId,
    trigger: request.trigger,
    actor: request.actor ?? null,
    remoteAddr: request.remoteAddr ?? null,
    comment: request.comment ?? null,
    entities: ordered(request.entities),
    allowRemovalsOf: request.allowRemovals ? ordered(request.entities) : [],
  }));
  const grows = sql`not (${syncRuns.entities} @> excluded.entities)`;
  const stored = await db
    .insert(syncRuns)
    .values(rows)
    .onConflictDoUpdate({
      target: syncRuns.conferenceId,
      targetWhere: sql`state = 'queued' and approved is null`,
      set: {
        entities: united(syncRuns.entities),
        allowRemovalsOf: united(syncRuns.allowRemovalsOf),
        actor: both(syncRuns.actor),
        comment: both(syncRuns.comment),
        flow: sql`${syncRuns.flow} + (${grows})::int`,
        heartbeatAt: sql`case when ${grows} then null else ${syncRuns.heartbeatAt} end`,
      },
    })
    .returning({ id: syncRuns.id, conferenceId: syncRuns.conferenceId })
    .catch((error: unknown) => {
      throw sqlStateOf(error) === foreignKeyViolation ? removedMeanwhile(error) : error;
    });
  const made = new Set(rows.map((row) => row.id));
  return stored.map((row) => ({ ...row, coalesced: !made.has(row.id) }));
}

function removedMeanwhile(cause: unknown): NotFoundError {
  const message =
    'The conference was removed just now, so no run was requested. greenroom conference list shows what is left.';
  return new NotFoundError(message, { cause });
}

/** In the order in which they are done, each once; nothing named is everything. */
export function ordered(asked: readonly Entity[] | undefined): Entity[] {
  if (!asked || asked.length === 0) return [...entityOrder];
  return entityOrder.filter((entity) => asked.includes(entity));
}

/** The entities of a column that the waiting run or the request names, in their order. */
function united(column: PgColumn): SQL {
  const known = sql.raw(`array['${entityOrder.join("','")}']`);
  return sql`array(select entity from unnest(${known}) with ordinality as known(entity, position)
    where entity = any(${column} || ${excluded(column)}) order by position)`;
}

/** A column's text, and the request's behind it unless it is in there already, separators of its own included. */
function both(column: PgColumn): SQL {
  const asked = excluded(column);
  const apart = (text: PgColumn | SQL) => sql`${separator} || ${text} || ${separator}`;
  return sql`case when ${asked} is null or strpos(${apart(column)}, ${apart(asked)}) > 0 then ${column}
    else left(concat_ws(${separator}, ${column}, ${asked}), ${mostCharacters}) end`;
}
