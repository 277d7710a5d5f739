import { desc, eq, getTableColumns } from 'drizzle-orm';
import { validate } from 'uuid';
import type { Executor } from '../db/client.ts';
import { conferences } from '../db/schema/conferences.ts';
import { syncRuns } from '../db/schema/runs.ts';
import { NotFoundError } from '../errors.ts';
import type { RunRow } from './progress.ts';
import { errorNow } from './ways-on.ts';

/** Runs as they are read: with the slug of their conference. */
export type FoundRun = RunRow & { conference: string };

const columns = { ...getTableColumns(syncRuns), conference: conferences.slug };

/** @throws NotFoundError when there is no such run, or the id is none. */
export async function findRun(db: Executor, runId: string): Promise<FoundRun> {
  const [row] = validate(runId)
    ? await db
        .select(columns)
        .from(syncRuns)
        .innerJoin(conferences, eq(conferences.id, syncRuns.conferenceId))
        .where(eq(syncRuns.id, runId))
    : [];
  if (!row) throw new NotFoundError(`There is no run ${runId}. greenroom runs shows them.`);
  return row;
}

/** The latest runs, newest first, of one conference or of all. */
export function listRuns(
  db: Executor,
  options: { conferenceId?: number | undefined; limit: number },
): Promise<FoundRun[]> {
  return db
    .select(columns)
    .from(syncRuns)
    .innerJoin(conferences, eq(conferences.id, syncRuns.conferenceId))
    .where(options.conferenceId === undefined ? undefined : eq(syncRuns.conferenceId, options.conferenceId))
    .orderBy(desc(syncRuns.requestedAt), desc(syncRuns.id))
    .limit(options.limit);
}

/** A run as JSON shows it: the columns' names, and the conference's slug. */
export function runJson(run: FoundRun): Record<string, unknown> {
  return {
    id: run.id,
    conference: run.conference,
    conference_id: run.conferenceId,
    state: run.state,
    trigger: run.trigger,
    actor: run.actor,
    comment: run.comment,
    entities: run.entities,
    requested_at: run.requestedAt,
    started_at: run.startedAt,
    finished_at: run.finishedAt,
    attempts: run.attempts,
    retry_at: run.retryAt,
    result: run.result,
    error: errorNow(run),
  };
}
