/** A page's rows, with what upstream doesn't say filled in, and with their content hashes. */
import { and, eq, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Executor } from '../db/client.ts';
import { columnsOf, matchesKeys } from '../db/statements.ts';
import type { ReadPage } from '../pretalx/reading.ts';
import { contentHasher } from '../programme/content-hash.ts';
import type { Mirrored, Row } from './entity.ts';
import { MadeOfPages } from './made-of-pages.ts';

export interface PageRows<Content> {
  keys: readonly string[];
  hashes: readonly string[];
  /** The row of that number; a page that was mapped before is mapped again when the first one is asked for. */
  row(index: number): Content;
}

/** What is kept of a page whose rows follow from upstream alone. */
interface Kept {
  keys: string[];
  hashes: string[];
  pageInfo: unknown;
}

/** Gives the rows of one entity's pages, in one reading. */
export class RowMaker<Wire, Content extends Row, PageInfo> {
  /** By entity, which is to say by table: a page's bytes say which listing it is of. */
  static readonly #kept = new MadeOfPages<Kept | undefined>();

  readonly #executor: Executor;
  readonly #entity: Mirrored<Wire, Content, PageInfo>;
  readonly #conferenceId: number;
  #hashOf: ((row: Row) => string) | undefined;

  constructor(executor: Executor, entity: Mirrored<Wire, Content, PageInfo>, conferenceId: number) {
    this.#executor = executor;
    this.#entity = entity;
    this.#conferenceId = conferenceId;
  }

  async of(page: ReadPage<Wire>): Promise<PageRows<Content>> {
    const { rows: mapOf, madeWith, onPage } = this.#entity;
    let mapped: ReturnType<typeof mapOf> | undefined;
    const map = () => {
      mapped ??= mapOf(page.items());
      return mapped;
    };
    const make = (): Kept | undefined => {
      const { rows, pageInfo } = map();
      return hiddenIn(rows).size > 0 ? undefined : { ...this.#hashed(rows), pageInfo };
    };
    const kept = madeWith ? RowMaker.#kept.of(page, madeWith(), make) : make();
    if (kept) {
      onPage?.(kept.pageInfo as PageInfo);
      return { ...kept, row: (index) => map().rows[index] as Content };
    }
    const { rows, pageInfo } = map();
    onPage?.(pageInfo as PageInfo);
    const filled = await this.#withKnownValues(rows, hiddenIn(rows));
    return { ...this.#hashed(filled), row: (index) => filled[index] as Content };
  }

  #hashed(rows: readonly Content[]): { keys: string[]; hashes: string[] } {
    const first = rows[0];
    if (first === undefined) return { keys: [], hashes: [] };
    this.#hashOf ??= contentHasher(Object.keys(first));
    const hashOf = this.#hashOf;
    return { keys: rows.map((row) => String(row[this.#entity.key])), hashes: rows.map((row) => hashOf(row)) };
  }

  /** Fills in what upstream doesn't say: with what is mirrored, and for new rows with the entity's defaults. */
  async #withKnownValues(rows: readonly Content[], hidden: ReadonlySet<string>): Promise<Content[]> {
    const { table, key, defaultsFor } = this.#entity;
    const columns = columnsOf(table);
    const selection = Object.fromEntries(
      [...hidden].map((property) => [property, columns[property] as PgColumn]),
    );
    const keyColumn = columns[key] as PgColumn;
    const keys = rows.map((row) => [row[key]]);
    const values = await this.#executor
      .select({ ...selection, key: sql<string>`${keyColumn}::text` })
      .from(table)
      .where(and(eq(table.conferenceId, this.#conferenceId), matchesKeys([keyColumn], keys)));
    const byKey = new Map(values.map((row) => [row.key, row as Row]));
    return rows.map((row) => {
      const mirrored = byKey.get(String(row[key]));
      const filled: Row = { ...row };
      for (const property of hidden) {
        if (filled[property] === undefined) {
          filled[property] = mirrored ? mirrored[property] : (defaultsFor?.(row)[property] ?? null);
        }
      }
      return filled as Content;
    });
  }
}

/** Properties that upstream doesn't say of at least one row. */
function hiddenIn(rows: readonly Row[]): Set<string> {
  const hidden = new Set<string>();
  for (const row of rows) for (const property in row) if (row[property] === undefined) hidden.add(property);
  return hidden;
}
