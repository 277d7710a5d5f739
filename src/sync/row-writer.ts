/**
 * Writes the rows that differ while more of them are read: PostgreSQL works on a statement while the next ones' rows
 * are collected, and reading waits when it is faster than writing.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { columnsOf, type UpsertedRow, upsertStatement } from '../db/statements.ts';
import type { StepContext } from './context.ts';
import type { Mirrored, Row, Written } from './entity.ts';
import type { StepTransaction } from './step-transaction.ts';

interface Dirty<Content> {
  row: Content;
  hash: string;
}

/** About how many characters of changed content one statement carries. */
const CHARACTERS_PER_STATEMENT = 1_000_000;
/** So that PostgreSQL finds the next one waiting when it is done with one. */
const STATEMENTS_UNDER_WAY = 2;

export class RowWriter<Wire, Content extends Row, PageInfo> {
  readonly #context: StepContext;
  readonly #transaction: StepTransaction;
  readonly #entity: Mirrored<Wire, Content, PageInfo>;
  readonly #written: (row: Written<Content>) => void;
  #dirty: Dirty<Content>[] = [];
  #characters = 0;
  #rows = 0;
  readonly #underWay = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;

  /** @param written told of each row with its id, once it is written */
  constructor(
    context: StepContext,
    transaction: StepTransaction,
    entity: Mirrored<Wire, Content, PageInfo>,
    written: (row: Written<Content>) => void,
  ) {
    this.#context = context;
    this.#transaction = transaction;
    this.#entity = entity;
    this.#written = written;
  }

  add(row: Content, hash: string): void {
    this.#dirty.push({ row, hash });
    this.#characters += charactersOf(row);
  }

  /** Begins to write when enough has come for a statement. @throws what an earlier one threw */
  async writeIfMuch(): Promise<void> {
    if (this.#characters > CHARACTERS_PER_STATEMENT) await this.#begin();
  }

  /** Writes what is left, and waits until all is written. @throws what a statement threw */
  async end(): Promise<void> {
    await this.#begin();
    await Promise.all(this.#underWay);
    this.#assertNoFailure();
  }

  /** Writes no more. Nothing is sent in the step's transaction after this: it may be rolled back. */
  async abandon(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #begin(): Promise<void> {
    const dirty = this.#dirty;
    this.#dirty = [];
    this.#characters = 0;
    // Made before it is its turn: PostgreSQL works on the ones before it meanwhile.
    const statement = dirty.length === 0 ? undefined : this.#statementFor(dirty);
    while (this.#underWay.size >= STATEMENTS_UNDER_WAY) await Promise.race(this.#underWay);
    this.#assertNoFailure();
    if (statement === undefined) return;
    this.#context.progress({ phase: 'writing', current: this.#rows, total: this.#rows + dirty.length });
    const write = this.#write(statement, dirty)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#underWay.delete(write));
    this.#underWay.add(write);
  }

  #assertNoFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #statementFor(dirty: readonly Dirty<Content>[]): SQL {
    const { table, key, extraColumns } = this.#entity;
    const rows = dirty.map(({ row, hash }) => ({ ...row, ...extraColumns?.(row), contentHash: hash }));
    return upsertStatement(table, rows, [table.conferenceId, columnsOf(table)[key] as PgColumn], {
      conferenceId: sql`${this.#context.conference.id}`,
      changedAt: sql`now()`,
      removedAt: sql`null::timestamptz`,
    });
  }

  async #write(statement: SQL, dirty: readonly Dirty<Content>[]): Promise<void> {
    const { table, key } = this.#entity;
    const { tx, history } = await this.#transaction.open();
    const ids = await tx.execute<UpsertedRow>(statement);
    const byKey = new Map(dirty.map(({ row }) => [String(row[key]), row]));
    const written = ids.map(({ id, key: name, isNew }) => ({ id, isNew, row: byKey.get(name) as Content }));
    history.upserted(table, written);
    await this.#entity.afterWrite?.(this.#transaction, written);
    for (const row of written) this.#written(row);
    this.#rows += dirty.length;
    this.#context.progress({ phase: 'writing', current: this.#rows, total: this.#rows });
  }
}

function charactersOf(row: Row): number {
  let characters = 0;
  for (const property in row) {
    const value = row[property];
    if (typeof value === 'string') characters += value.length;
  }
  return characters;
}
