/** Forgets old history, in batches: versions that ended long ago, and transactions that none is left of. */
import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../db/client.ts';
import { notePurge } from './purged.ts';
import { displayName, type VersionedTable, versionedTables, versionsName } from './tables.ts';

export interface PurgeOptions {
  /** Versions that ended before this go. What was valid then or later stays, so as-of is exact from here on. */
  before: Date;
  /** Only this conference's. */
  conferenceId?: number | undefined;
  /** How many rows one statement deletes; 10,000 by default. */
  batchSize?: number | undefined;
}

export interface PurgeReport {
  before: string;
  tables: { table: string; removed: number }[];
  transactions: number;
}

/**
 * Purges versions that were superseded before a time; never the newest version of a row, whatever its age. Every batch
 * is a transaction of its own, so that writers wait for none of it for long; one that is interrupted is gone on with.
 *
 * @returns how many versions of each table, and how many transactions, were removed
 */
export async function purgeHistory(database: Database, options: PurgeOptions): Promise<PurgeReport> {
  const { before, conferenceId } = options;
  const batchSize = options.batchSize ?? 10_000;
  const tables = await versionedTables(database.orm);
  const removed: PurgeReport['tables'] = [];
  for (const table of tables) {
    const ofConference = table.schema === 'greenroom' && conferenceCondition(table, sql`c.id`);
    if (ofConference)
      await notePurge(database.orm, options, sql`exists (${ended(table, before, ofConference)})`);
  }
  // Links know their conference by the versions of what they link, which go after them.
  for (const table of tables.toReversed()) {
    const ofConference =
      conferenceId === undefined ? sql`true` : conferenceCondition(table, sql`${conferenceId}`);
    if (ofConference === undefined) continue;
    const count = await inBatches(
      database,
      batchSize,
      (limit) => sql`
      delete from ${sql.raw(versionsName(table))} where ctid in (${ended(table, before, ofConference)} limit ${limit})`,
    );
    if (count > 0) removed.push({ table: displayName(table), removed: count });
  }
  const transactions = await inBatches(database, batchSize, (limit) =>
    withoutVersions(tables, options, limit),
  );
  return { before: before.toISOString(), tables: removed.toReversed(), transactions };
}

/** The places of the versions that ended before. */
function ended(table: VersionedTable, before: Date, ofConference: SQL): SQL {
  return sql`
    select v.ctid from ${sql.raw(versionsName(table))} v join greenroom.transactions t on t.id = v.end_transaction_id
     where t.issued_at < ${before.toISOString()}::timestamptz and ${ofConference}`;
}

/** Undefined for a user's own table without `conference_id`: it belongs to no conference. */
function conferenceCondition(table: VersionedTable, conferenceId: SQL): SQL | undefined {
  if (table.columns.includes('conference_id')) return sql`v.conference_id = ${conferenceId}`;
  if (!table.keyColumns.includes('talk_id')) return undefined;
  return sql`v.talk_id in (select id from greenroom.talks_versions where conference_id = ${conferenceId})`;
}

function withoutVersions(tables: readonly VersionedTable[], options: PurgeOptions, limit: number): SQL {
  const { before, conferenceId } = options;
  const unused = tables.map((table) => {
    const versions = sql.raw(versionsName(table));
    return sql`not exists (select from ${versions} v where v.transaction_id = t.id)`;
  });
  return sql`
    delete from greenroom.transactions where id in (
      select t.id from greenroom.transactions t
       where t.issued_at < ${before.toISOString()}::timestamptz
         and ${conferenceId === undefined ? sql`true` : sql`t.conference_id = ${conferenceId}`}
         and ${sql.join(unused, sql` and `)} limit ${limit})`;
}

async function inBatches(
  database: Database,
  batchSize: number,
  statement: (limit: number) => SQL,
): Promise<number> {
  for (let total = 0; ; ) {
    const { count } = await database.orm.execute(statement(batchSize));
    total += count;
    if (count < batchSize) return total;
  }
}
