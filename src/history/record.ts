/**
 * History as it happens: whoever changes a versioned table says which rows, and when the transaction ends their
 * version rows are written by set statements, in the same database transaction. No change, no `transactions` row.
 */
import { type SQL, sql } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import type { Executor, Tx } from '../db/client.ts';
import { referencedRows } from '../db/failure.ts';
import { columnList, keyColumnsOf, matchesKeys, tableName } from '../db/statements.ts';
import { OPERATION } from './operation.ts';

/** Who changes the mirror, and why; what `greenroom.transactions` keeps. */
export interface TransactionInfo {
  actor: string | null;
  remoteAddr?: string | null;
  comment?: string | null;
  runId?: string | null;
  conferenceId?: number | null;
}

/** The values of one row's primary key, in the order of its columns. */
export type Key = readonly unknown[];

type Operation = keyof typeof OPERATION | 'again';

/** A row's key in a Map: itself when it is one value, for there may be many rows. */
const nameOf = (key: Key): unknown => (key.length === 1 ? key[0] : JSON.stringify(key));
const keyOfName = (table: PgTable): ((name: unknown) => Key) =>
  keyColumnsOf(table).length === 1 ? (name) => [name] : (name) => JSON.parse(name as string) as Key;

/**
 * Collects which rows a transaction touched. The last word on a row wins: inserted then updated is an insert. What was
 * there before the transaction is kept in mind: deleted and made again is `again`, so that deleting it once more is a
 * deletion, not nothing.
 */
export class Recorder {
  readonly #touched = new Map<PgTable, Map<unknown, Operation>>();

  inserted(table: PgTable, keys: Iterable<Key>): void {
    this.#note(table, keys, (before) => (before === 'delete' ? 'again' : 'insert'));
  }

  /** Rows made under a key that may have been deleted before. */
  insertedAgain(table: PgTable, keys: Iterable<Key>): void {
    this.#note(table, keys, () => 'again');
  }

  updated(table: PgTable, keys: Iterable<Key>): void {
    this.#note(table, keys, (before) => (before === 'insert' || before === 'again' ? before : 'update'));
  }

  /** Rows of a table with an id, as an upsert wrote them. */
  upserted(table: PgTable, rows: readonly { id: number; isNew: boolean }[]): void {
    const idsOf = (isNew: boolean) => rows.filter((row) => row.isNew === isNew).map((row) => [row.id]);
    this.inserted(table, idsOf(true));
    this.updated(table, idsOf(false));
  }

  deleted(table: PgTable, keys: Iterable<Key>): void {
    this.#note(table, keys, (before) => (before === 'insert' ? undefined : 'delete'));
  }

  get isEmpty(): boolean {
    return [...this.#touched.values()].every((rows) => rows.size === 0);
  }

  #note(table: PgTable, keys: Iterable<Key>, next: (before: Operation | undefined) => Operation | undefined) {
    const rows = this.#touched.get(table) ?? new Map<unknown, Operation>();
    this.#touched.set(table, rows);
    for (const key of keys) {
      const name = nameOf(key);
      const operation = next(rows.get(name));
      if (operation) rows.set(name, operation);
      else rows.delete(name);
    }
  }

  /**
   * Writes the transaction's row and the version rows of all that was touched; nothing when nothing was.
   *
   * @returns the transaction's id, or null
   */
  async write(tx: Executor, info: TransactionInfo): Promise<number | null> {
    if (this.isEmpty) return null;
    await waitForReconcile(tx, [...this.#touched.keys()]);
    const transactionId = await insertTransaction(tx, info);
    for (const [table, rows] of this.#touched) {
      const keyOf = keyOfName(table);
      const keysOf = (operation: Operation) =>
        [...rows].flatMap(([name, last]) => (last === operation ? [keyOf(name)] : []));
      await writeVersions(tx, table, transactionId, keysOf);
    }
    return transactionId;
  }
}

/** Writes the row of `greenroom.transactions` that versions refer to. @returns its id */
export async function insertTransaction(tx: Executor, info: TransactionInfo): Promise<number> {
  const [row] = await tx.execute<{ id: number }>(sql`
    insert into greenroom.transactions (issued_at, actor, remote_addr, comment, run_id, conference_id)
    values (clock_timestamp(), ${info.actor}, ${info.remoteAddr ?? null}, ${info.comment ?? null},
            ${info.runId ?? null}, ${info.conferenceId ?? null}) returning id`);
  return (row as { id: number }).id;
}

/**
 * A reconcile that holds the version tables may write versions of rows that this transaction changed. Its time has to
 * be earlier than ours, which ends them.
 */
async function waitForReconcile(tx: Executor, tables: readonly PgTable[]): Promise<void> {
  await tx.execute(sql`lock table ${sql.join(tables.map(versionsOf), sql`, `)} in row exclusive mode`);
}

const versionsOf = (table: PgTable): SQL =>
  sql`greenroom.${sql.identifier(`${getTableConfig(table).name}_versions`)}`;

async function writeVersions(
  tx: Executor,
  table: PgTable,
  transactionId: number,
  keysOf: (operation: Operation) => Key[],
): Promise<void> {
  const versions = versionsOf(table);
  const columns = columnList(table);
  const key = keyColumnsOf(table);
  const inserted = keysOf('insert');
  const again = keysOf('again');
  const updated = keysOf('update');
  const deleted = keysOf('delete');
  const close = (keys: Key[]): SQL => sql`
      update ${versions} v set end_transaction_id = ${transactionId}
       where v.end_transaction_id is null and ${matchesKeys(key, keys)}`;
  if (deleted.length > 0) {
    await tx.execute(sql`
      with closed as (${close(deleted)} and v.operation_type <> ${OPERATION.delete} returning ${columns})
      insert into ${versions} (${columns}, transaction_id, end_transaction_id, operation_type)
      select ${columns}, ${transactionId}::bigint, null, ${OPERATION.delete} from closed`);
  }
  // A natural key can always come back: then the version that says it was deleted is still open.
  const closed = [...updated, ...again, ...(key.length > 1 ? inserted : [])];
  if (closed.length > 0) await tx.execute(close(closed));
  const add = (keys: Key[], operation: number): SQL => sql`
      insert into ${versions} (${columns}, transaction_id, end_transaction_id, operation_type)
      select ${columns}, ${transactionId}::bigint, null, ${operation} from ${tableName(table)} t
       where ${matchesKeys(key, keys)}`;
  const made = [...inserted, ...again];
  if (made.length > 0) await tx.execute(add(made, OPERATION.insert));
  if (updated.length > 0) await tx.execute(add(updated, OPERATION.update));
}

/** The advisory lock of a conference: one writer of its mirror at a time, on however many workers. */
const CONFERENCE_LOCK = 0x6772_656e;

/**
 * Runs `work` in one transaction, alone for its conference, and records what it says it touched.
 *
 * A writer whose machine is gone or suspended closes no connection, and would keep its conference locked for hours:
 * PostgreSQL asks after 5 s of silence whether the machine is there, and waits 5 minutes for the writer's next word,
 * which is longer than any pause of pretalx.
 *
 * The `greenroom.recording` setting tells the optional triggers that this transaction keeps its own history.
 *
 * @throws ReferencedRowsError when what `work` deletes is pointed at by a table of the user's
 */
export function withTransaction<R>(
  database: { orm: Executor },
  info: TransactionInfo,
  work: (tx: Tx, history: Recorder) => Promise<R>,
): Promise<R> {
  const done = database.orm.transaction(async (tx) => {
    await tx.execute(sql`select set_config('greenroom.recording', 'on', true),
      set_config('idle_in_transaction_session_timeout', '5min', true), set_config('tcp_keepalives_idle', '5', true),
      set_config('tcp_keepalives_interval', '2', true), set_config('tcp_keepalives_count', '4', true),
      ${info.conferenceId ? sql`pg_advisory_xact_lock(${CONFERENCE_LOCK}, ${info.conferenceId}::int)` : sql`null`}`);
    const history = new Recorder();
    const result = await work(tx, history);
    await history.write(tx, info);
    return result;
  });
  return done.catch((error: unknown) => {
    throw referencedRows(error);
  });
}
