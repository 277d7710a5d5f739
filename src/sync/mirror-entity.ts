/**
 * The pipe that every mirrored entity goes through: page → row → content hash → compare → write what differs.
 * An entity is a description of its mapping (`Mirrored`); what happens to rows is the same for all and written here once.
 */
import { sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Executor } from '../db/client.ts';
import { columnsOf, tableName } from '../db/statements.ts';
import type { ReadPage } from '../pretalx/reading.ts';
import type { StepContext } from './context.ts';
import type { Mirrored, Row } from './entity.ts';
import { guardRemovals } from './guard.ts';
import { RowMaker } from './page-rows.ts';
import { RowWriter } from './row-writer.ts';
import type { StepTransaction } from './step-transaction.ts';

export interface MirrorOutcome {
  /** upstream key → id, of all rows that upstream has */
  ids: Map<string, number>;
  /** keys of live rows that upstream has no more */
  gone: string[];
}

interface Stored extends Record<string, unknown> {
  id: number;
  hash: string;
  removed: boolean;
}

/**
 * Makes a table equal to a listing, except that what is gone is only named: removals wait for the last step.
 *
 * @throws RemovalGuardError when too many rows would go; the caller rolls back
 */
export async function mirrorEntity<Wire, Content extends Row, PageInfo = undefined>(
  context: StepContext,
  transaction: StepTransaction,
  entity: Mirrored<Wire, Content, PageInfo>,
  pages: AsyncIterable<ReadPage<Wire>>,
): Promise<MirrorOutcome> {
  const { orm } = context.database;
  const { id: conferenceId } = context.conference;
  const stored = await loadStored(orm, entity, conferenceId);
  const ids = new Map<string, number>();
  const maker = new RowMaker(orm, entity, conferenceId);
  const writer = new RowWriter(context, transaction, entity, ({ id, row }) =>
    ids.set(String(row[entity.key]), id),
  );
  try {
    for await (const page of pages) {
      const { keys, hashes, row } = await maker.of(page);
      for (const [index, key] of keys.entries()) {
        const before = stored.get(key);
        ids.set(key, before?.id ?? 0);
        const hash = hashes[index] as string;
        if (before === undefined || before.removed || before.hash !== hash) writer.add(row(index), hash);
      }
      await writer.writeIfMuch();
    }
    const live = [...stored].filter(([, row]) => !row.removed);
    const gone = live.filter(([key]) => !ids.has(key)).map(([key]) => key);
    if (entity.guard) guardRemovals(context, entity.guard, live.length, gone);
    await writer.end();
    return { ids, gone };
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

async function loadStored(
  executor: Executor,
  entity: Pick<Mirrored<never, Row>, 'table' | 'key'>,
  conferenceId: number,
): Promise<Map<string, Stored>> {
  const { table } = entity;
  const key = sql.identifier((columnsOf(table)[entity.key] as PgColumn).name);
  const rows = await executor.execute<Stored & { key: string }>(sql`
    select ${key}::text as key, id, content_hash as hash, removed_at is not null as removed
      from ${tableName(table)} where conference_id = ${conferenceId}`);
  return new Map(rows.map((row) => [row.key, row]));
}
