/**
 * Puts the mirror of a conference back to how it was, as a new transaction, and pauses the conference so that the next
 * sync does not undo it. A plan is that restore, rolled back: the two can't disagree.
 */
import { eq } from 'drizzle-orm';
import type { Config } from '../config.ts';
import type { Database, Tx } from '../db/client.ts';
import { conferences } from '../db/schema/index.ts';
import { RemovalGuardError } from '../errors.ts';
import { type Recorder, withTransaction } from '../history/record.ts';
import { releasedVersionAt } from '../history/released-version.ts';
import type { ConferenceRow } from '../sync/context.ts';
import { heldBack, heldWords } from './guard.ts';
import { requireHistory, requireNoRun } from './obstacles.ts';
import { compare, type Differences, deleteOthers, layOut, putBack } from './put-back.ts';
import { takeIdsOfToday } from './same-key.ts';
import { targets } from './targets.ts';
import { whilePaused } from './while-paused.ts';

export interface RestoredTable {
  table: string;
  added: number;
  changed: number;
  removed: number;
  /** What people know the rows by; link tables count only. */
  keys: { added: string[]; changed: string[]; removed: string[] };
}

export interface RestorePlan {
  as_of: string;
  /** Which release the mirror shows, before and after; null for none. */
  released_version: { from: string | null; to: string | null };
  /** Tables with something to do. */
  tables: RestoredTable[];
  /** What the removal guard holds. */
  held: string[];
}

export interface RestoreOptions {
  actor: string | null;
  comment?: string | undefined;
  /** Also when the removal guard would hold it. */
  allowRemovals?: boolean | undefined;
}

class Planned extends Error {
  readonly plan: RestorePlan;
  constructor(plan: RestorePlan) {
    super();
    this.plan = plan;
  }
}

/**
 * What a restore would do; writes nothing.
 *
 * @throws UsageError for a time that the conference has no history of
 */
export async function planRestore(
  database: Database,
  config: Config,
  conference: ConferenceRow,
  asOf: Date,
): Promise<RestorePlan> {
  try {
    await withTransaction(database, { actor: null, conferenceId: conference.id }, async (tx, history) => {
      const { plan } = await restore(tx, history, config, conference, asOf);
      throw new Planned(plan);
    });
    throw new Error('A planned restore was not rolled back.');
  } catch (error) {
    if (error instanceof Planned) return error.plan;
    throw error;
  }
}

/**
 * Restores, and pauses where that changes anything. What people decided (overrides, defaults) stays as it is.
 *
 * @throws RemovalGuardError when too much would be removed; nothing is written
 * @throws WrongStateError while a sync of the conference runs
 * @throws UsageError for a time that the conference has no history of
 */
export async function restoreConference(
  database: Database,
  config: Config,
  conference: ConferenceRow,
  asOf: Date,
  { actor, comment, allowRemovals }: RestoreOptions,
): Promise<RestorePlan> {
  const info = {
    actor,
    comment: comment ?? `restored as of ${asOf.toISOString()}`,
    conferenceId: conference.id,
  };
  const work = () =>
    withTransaction(database, info, async (tx, history) => {
      await requireNoRun(tx, conference);
      const { plan, errors } = await restore(tx, history, config, conference, asOf);
      const [held] = errors;
      if (held && !allowRemovals) {
        throw new RemovalGuardError(
          `${heldWords(held, conference, asOf)} Nothing was written. To allow it: the same command with --allow-large-deletions.`,
          held.entity,
          held.existing,
          held.removing,
        );
      }
      return plan;
    });
  return whilePaused(database, conference, work, changesAnything);
}

/** Whether the mirror differs from what it was then. */
export function changesAnything({ tables, released_version: { from, to } }: RestorePlan): boolean {
  return tables.length > 0 || from !== to;
}

async function restore(
  tx: Tx,
  history: Recorder,
  config: Config,
  conference: ConferenceRow,
  asOf: Date,
): Promise<{ plan: RestorePlan; errors: RemovalGuardError[] }> {
  const { releasedVersion } = await requireHistory(tx, conference, asOf);
  const differences = new Map<string, Differences>();
  for (const target of targets) await layOut(tx, target, conference.id, asOf);
  for (const target of targets) await takeIdsOfToday(tx, target, conference.id);
  for (const target of targets) {
    differences.set(target.name, await compare(tx, target, conference.id));
  }
  for (const target of targets.toReversed()) {
    if (!target.kept) await deleteOthers(tx, history, target, conference.id);
  }
  for (const target of targets) await putBack(tx, history, target, conference.id);
  const version = await releasedVersionAt(tx, conference.id, asOf);
  if (version !== releasedVersion)
    await tx.update(conferences).set({ releasedVersion: version }).where(eq(conferences.id, conference.id));

  const errors = heldBack(config, differences);
  const tables = targets.flatMap(({ name, parent }) =>
    tableOf(name, differences.get(name) as Differences, !parent),
  );
  return {
    plan: {
      as_of: asOf.toISOString(),
      released_version: { from: releasedVersion, to: version },
      tables,
      held: errors.map((error) => heldWords(error, conference, asOf)),
    },
    errors,
  };
}

function tableOf(name: string, found: Differences, withKeys: boolean): RestoredTable[] {
  const { added, changed, removed } = found;
  if (added.length + changed.length + removed.length === 0) return [];
  const keys = withKeys ? { added, changed, removed } : { added: [], changed: [], removed: [] };
  return [{ table: name, added: added.length, changed: changed.length, removed: removed.length, keys }];
}
