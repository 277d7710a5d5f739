/**
 * The pipe that every mirrored entity goes through: page → row → content hash → compare → write what differs.
 * An entity is a description of its mapping; what happens to rows is the same for all and written here once.
 */
import { and, eq, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Executor } from '../db/client.ts';
import { columnsOf, matchesKeys, tableName, upsert } from '../db/statements.ts';
import { contentHasher } from '../programme/content-hash.ts';
import type { StepContext } from './context.ts';
import { type GuardedEntity, guardRemovals } from './guard.ts';
import type { StepTransaction } from './step-transaction.ts';

/** Rows of the table's own properties; `undefined` is a value that upstream doesn't say (what is mirrored stays). */
export type Row = Record<string, unknown>;

export interface Mirrored<Wire, Content extends Row> {
  table: PgTable & { id: PgColumn; conferenceId: PgColumn; contentHash: PgColumn; removedAt: PgColumn };
  /** property of the upstream key */
  key: 'pretalxId' | 'pretalxCode';
  /** guarded entities hold the run when too many would go */
  guard?: GuardedEntity;
  /**
   * A page's rows; items that are not mirrored are left out. Properties that are no columns count as content but are
   * kept elsewhere, as a talk's speakers.
   */
  rows(page: Wire[]): Content[];
  /** what a new row gets for values that upstream doesn't say; null unless named */
  unknown?(row: Content): Row;
  /** columns that are written with a row but are not its content, the same ones for every row */
  besides?(row: Content): Row;
  /** called with the rows that were written, with their ids, in the step's transaction */
  written?(transaction: StepTransaction, rows: Written<Content>[]): Promise<void>;
}

export interface Written<Content> {
  id: number;
  isNew: boolean;
  row: Content;
}

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

/** About how many characters of changed content are kept in memory before they are written. */
const FLUSH_AT_CHARACTERS = 4_000_000;

/**
 * Makes a table equal to a listing, except that what is gone is only named: removals wait for the last step.
 *
 * @throws RemovalGuardError when too many rows would go; the caller rolls back
 */
export async function mirrorEntity<Wire, Content extends Row>(
  context: StepContext,
  transaction: StepTransaction,
  entity: Mirrored<Wire, Content>,
  pages: AsyncIterable<Wire[]>,
): Promise<MirrorOutcome> {
  const { orm } = context.database;
  const stored = await loadStored(orm, entity, context.conference.id);
  const ids = new Map<string, number>();
  let dirty: { row: Content; hash: string }[] = [];
  let characters = 0;
  let writtenRows = 0;
  let hashOf: ((row: Row) => string) | undefined;
  const flush = async () => {
    if (dirty.length === 0) return;
    context.progress({ phase: 'writing', current: writtenRows, total: writtenRows + dirty.length });
    const written = await write(context, transaction, entity, dirty, stored);
    for (const { id, row } of written) ids.set(String(row[entity.key]), id);
    writtenRows += dirty.length;
    dirty = [];
    characters = 0;
    context.progress({ phase: 'writing', current: writtenRows, total: writtenRows });
  };
  for await (const page of pages) {
    for (const row of await withKnownValues(orm, entity, context.conference.id, entity.rows(page), stored)) {
      const key = String(row[entity.key]);
      const before = stored.get(key);
      ids.set(key, before?.id ?? 0);
      hashOf ??= contentHasher(Object.keys(row));
      const hash = hashOf(row);
      if (before && !before.removed && before.hash === hash) continue;
      dirty.push({ row, hash });
      characters += charactersOf(row);
    }
    if (characters > FLUSH_AT_CHARACTERS) await flush();
  }
  const live = [...stored].filter(([, row]) => !row.removed);
  const gone = live.filter(([key]) => !ids.has(key)).map(([key]) => key);
  if (entity.guard) guardRemovals(context, entity.guard, live.length, gone);
  await flush();
  return { ids, gone };
}

async function loadStored<Wire, Content extends Row>(
  executor: Executor,
  entity: Mirrored<Wire, Content>,
  conferenceId: number,
): Promise<Map<string, Stored>> {
  const { table } = entity;
  const key = sql.identifier((columnsOf(table)[entity.key] as PgColumn).name);
  const rows = await executor.execute<Stored & { key: string }>(sql`
    select ${key}::text as key, id, content_hash as hash, removed_at is not null as removed
      from ${tableName(table)} where conference_id = ${conferenceId}`);
  return new Map(rows.map((row) => [row.key, row]));
}

/** Fills in what upstream doesn't say: with what is mirrored, and for new rows with the entity's defaults. */
async function withKnownValues<Wire, Content extends Row>(
  executor: Executor,
  entity: Mirrored<Wire, Content>,
  conferenceId: number,
  rows: Content[],
  stored: Map<string, Stored>,
): Promise<Content[]> {
  const hidden = new Set<string>();
  for (const row of rows) for (const property in row) if (row[property] === undefined) hidden.add(property);
  if (hidden.size === 0) return rows;
  const columns = columnsOf(entity.table);
  const selection = Object.fromEntries(
    [...hidden].map((property) => [property, columns[property] as PgColumn]),
  );
  const keyColumn = columns[entity.key] as PgColumn;
  const known = rows.filter((row) => stored.has(String(row[entity.key]))).map((row) => [row[entity.key]]);
  const values = await executor
    .select({ ...selection, key: sql<string>`${keyColumn}::text` })
    .from(entity.table)
    .where(and(eq(entity.table.conferenceId, conferenceId), matchesKeys([keyColumn], known)));
  const byKey = new Map(values.map((row) => [row.key, row as Row]));
  return rows.map((row) => {
    const mirrored = byKey.get(String(row[entity.key]));
    const filled: Row = { ...row };
    for (const property of hidden) {
      if (filled[property] === undefined) {
        filled[property] = mirrored ? mirrored[property] : (entity.unknown?.(row)[property] ?? null);
      }
    }
    return filled as Content;
  });
}

async function write<Wire, Content extends Row>(
  context: StepContext,
  transaction: StepTransaction,
  entity: Mirrored<Wire, Content>,
  dirty: { row: Content; hash: string }[],
  stored: Map<string, Stored>,
): Promise<Written<Content>[]> {
  const { tx, history } = await transaction.open();
  const columns = columnsOf(entity.table);
  const rows = dirty.map(({ row, hash }) => ({
    conferenceId: context.conference.id,
    ...own(columns, row),
    ...entity.besides?.(row),
    contentHash: hash,
  }));
  const ids = await upsert(
    tx,
    entity.table,
    rows,
    [entity.table.conferenceId, columns[entity.key] as PgColumn],
    { changedAt: sql`now()`, removedAt: sql`null::timestamptz` },
  );
  const byKey = new Map(dirty.map(({ row }) => [String(row[entity.key]), row]));
  const written = ids.map(({ id, key }) => ({ id, isNew: !stored.has(key), row: byKey.get(key) as Content }));
  history.inserted(
    entity.table,
    written.filter((w) => w.isNew).map((w) => [w.id]),
  );
  history.updated(
    entity.table,
    written.filter((w) => !w.isNew).map((w) => [w.id]),
  );
  await entity.written?.(transaction, written);
  return written;
}

function own(columns: Record<string, PgColumn>, row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([property]) => property in columns));
}

function charactersOf(row: Row): number {
  let characters = 0;
  for (const property in row) {
    const value = row[property];
    if (typeof value === 'string') characters += value.length;
  }
  return characters;
}
