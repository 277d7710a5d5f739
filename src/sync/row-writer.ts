/**
 * Writes the rows that differ while more of them are read: one statement is under way, the next one's rows are
 * collected meanwhile, and reading waits when it is faster than writing.
 */
import { sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { columnsOf, upsert } from '../db/statements.ts';
import type { StepContext } from './context.ts';
import type { Mirrored, Row, Written } from './entity.ts';
import type { StepTransaction } from './step-transaction.ts';

interface Dirty<Content> {
  row: Content;
  hash: string;
}

/** About how many characters of changed content one statement carries. */
const CHARACTERS_PER_STATEMENT = 1_000_000;

export class RowWriter<Wire, Content extends Row, Aside> {
  readonly #context: StepContext;
  readonly #transaction: StepTransaction;
  readonly #entity: Mirrored<Wire, Content, Aside>;
  readonly #isStored: (key: string) => boolean;
  readonly #written: (row: Written<Content>) => void;
  #dirty: Dirty<Content>[] = [];
  #characters = 0;
  #rows = 0;
  #underWay: Promise<void> = Promise.resolve();

  /** @param written told of each row with its id, once it is written */
  constructor(
    context: StepContext,
    transaction: StepTransaction,
    entity: Mirrored<Wire, Content, Aside>,
    isStored: (key: string) => boolean,
    written: (row: Written<Content>) => void,
  ) {
    this.#context = context;
    this.#transaction = transaction;
    this.#entity = entity;
    this.#isStored = isStored;
    this.#written = written;
  }

  add(row: Content, hash: string): void {
    this.#dirty.push({ row, hash });
    this.#characters += charactersOf(row);
  }

  /** Begins to write when enough has come for a statement. @throws what the one before it threw */
  async writeIfMuch(): Promise<void> {
    if (this.#characters > CHARACTERS_PER_STATEMENT) await this.#begin();
  }

  /** Writes what is left, and waits until all is written. */
  async end(): Promise<void> {
    await this.#begin();
    await this.#underWay;
  }

  /** Writes no more. Nothing is sent in the step's transaction after this: it may be rolled back. */
  async abandon(): Promise<void> {
    this.#dirty = [];
    await this.#underWay.catch(() => undefined);
  }

  async #begin(): Promise<void> {
    const dirty = this.#dirty;
    this.#dirty = [];
    this.#characters = 0;
    await this.#underWay;
    if (dirty.length === 0) return;
    this.#context.progress({ phase: 'writing', current: this.#rows, total: this.#rows + dirty.length });
    this.#underWay = this.#write(dirty);
    // Whoever comes next is told; nobody may come, when reading fails first.
    this.#underWay.catch(() => undefined);
  }

  async #write(dirty: Dirty<Content>[]): Promise<void> {
    const { table, key, besides } = this.#entity;
    const { tx, history } = await this.#transaction.open();
    const columns = columnsOf(table);
    const rows = dirty.map(({ row, hash }) => ({ ...row, ...besides?.(row), contentHash: hash }));
    const ids = await upsert(tx, table, rows, [table.conferenceId, columns[key] as PgColumn], {
      conferenceId: sql`${this.#context.conference.id}`,
      changedAt: sql`now()`,
      removedAt: sql`null::timestamptz`,
    });
    const byKey = new Map(dirty.map(({ row }) => [String(row[key]), row]));
    const written = ids.map(({ id, key: name }) => ({
      id,
      isNew: !this.#isStored(name),
      row: byKey.get(name) as Content,
    }));
    const idsOf = (isNew: boolean) => written.filter((row) => row.isNew === isNew).map((row) => [row.id]);
    history.inserted(table, idsOf(true));
    history.updated(table, idsOf(false));
    await this.#entity.written?.(this.#transaction, written);
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
