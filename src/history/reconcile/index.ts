/**
 * `greenroom versions`: makes the version tables true to the live ones, for when these were edited by hand or history
 * was switched on late. PostgreSQL compares and writes; this process sees counts and a few samples.
 */
import { sql } from 'drizzle-orm';
import type { Database, Tx } from '../../db/client.ts';
import { sqlStateOf } from '../../db/failure.ts';
import { insertTransaction } from '../record.ts';
import { chooseTables, displayName, versionedTables, versionsName } from '../tables.ts';
import { withoutAltered } from './altered.ts';
import { type Compared, compareTable } from './compare.ts';
import type { Found } from './differences.ts';
import { readFoundEqual, rememberFoundEqual } from './found-equal.ts';
import { applyLimits } from './limits.ts';
import {
  type Matching,
  matchingOf,
  type ReconcileOptions,
  type ReconcileReport,
  type TableReport,
} from './options.ts';
import { sampleDifferences } from './samples.ts';
import { writeVersions } from './write.ts';

export type { ReconcileOptions, ReconcileReport } from './options.ts';
export { hasDifferences, renderReport } from './report.ts';

/**
 * Compares the live tables with their latest versions and writes what is missing, all in one transaction with one
 * record, and none when there is nothing to do. A table that was altered since it was registered is reported, and left out
 * when its versions can't be whole, unless it was named.
 *
 * The version tables are locked against writers meanwhile (readers go on), and all is read in one snapshot: a sync that
 * commits in between is either seen with its versions or not at all.
 *
 * @throws LimitExceededError when there are more differences than allowed; nothing is written
 * @throws NotFoundError for a table without history, UsageError for a column that isn't there, GreenroomError for a
 *   table that was named and whose versions can't be whole
 */
export async function reconcileVersions(
  database: Database,
  options: ReconcileOptions,
): Promise<ReconcileReport> {
  const chosen = chooseTables(await versionedTables(database.orm), options.tables ?? []);
  const { tables, altered } = withoutAltered(chosen, options);
  const matchings = matchingOf(tables, options);
  const report = await againAfterDeadlock(() =>
    database.orm.transaction((tx) => reconcile(tx, matchings, options), {
      isolationLevel: 'repeatable read',
    }),
  );
  return { ...report, altered };
}

async function reconcile(
  tx: Tx,
  matchings: readonly Matching[],
  options: ReconcileOptions,
): Promise<Omit<ReconcileReport, 'altered'>> {
  const dryRun = options.dryRun ?? false;
  if (!dryRun && matchings.length > 0) {
    const versions = matchings.map(({ table }) => versionsName(table)).join(', ');
    await tx.execute(sql.raw(`lock table ${versions} in share row exclusive mode`));
  }
  await tx.execute(sql`set local jit = off`);
  const known = await readFoundEqual(tx, matchings);
  const compared: Compared[] = [];
  for (const [number, matching] of matchings.entries()) {
    compared.push(await compareTable(tx, matching, number, known[number], options));
  }
  const found = compared.map((table) => table.found);
  const before = found.map(({ counts }) => ({ ...counts }));
  await applyLimits(tx, found, options);
  const reports: TableReport[] = [];
  let samplesLeft = options.maxDiffs ?? 15;
  for (const [at, each] of compared.entries()) {
    const report = await reportOf(tx, each, before[at] as Found['counts'], samplesLeft);
    samplesLeft -= report.diffs.length;
    reports.push(report);
  }
  const transactionId = dryRun ? null : await write(tx, reports, found, options);
  if (!dryRun) {
    const isEqual = reports.map((report, at) => (report.skipped === 0 ? compared[at]?.equal : undefined));
    await rememberFoundEqual(
      tx,
      isEqual.filter((equal) => equal !== undefined),
    );
  }
  return { tables: reports, dry_run: dryRun, transaction_id: transactionId };
}

/** @param before how many differences there were before the limits were applied */
async function reportOf(
  tx: Tx,
  { found, severalLatest, repaired }: Compared,
  before: Found['counts'],
  mostSamples: number,
): Promise<TableReport> {
  const { create, update, delete: remove } = found.counts;
  return {
    table: displayName(found.matching.table),
    created: create,
    updated: update,
    deleted: remove,
    skipped: sum(before) - sum(found.counts),
    unchanged: found.live - before.create - before.update,
    diffs: await sampleDifferences(tx, found, mostSamples),
    several_latest: severalLatest,
    repaired,
  };
}

const sum = (counts: Found['counts']) => counts.create + counts.update + counts.delete;

/** @returns the transaction's id; null when there was nothing to write */
async function write(
  tx: Tx,
  reports: readonly TableReport[],
  found: readonly Found[],
  options: ReconcileOptions,
): Promise<number | null> {
  if (found.every(({ counts }) => sum(counts) === 0) && reports.every(({ repaired }) => repaired === 0)) {
    return null;
  }
  const transactionId = await insertTransaction(tx, {
    actor: options.runAs ?? options.actor,
    comment: options.comment ?? null,
  });
  for (const differences of found) await writeVersions(tx, differences, transactionId);
  return transactionId;
}

const deadlockDetected = '40P01';

/** Writers take the version tables in their own order; PostgreSQL ends one of two that wait for each other. */
async function againAfterDeadlock<R>(work: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 3 || sqlStateOf(error) !== deadlockDetected) throw error;
    }
  }
}
