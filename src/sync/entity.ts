/** How an entity describes itself to the pipe that mirrors it. */
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { GuardedEntity } from './guard.ts';
import type { StepTransaction } from './step-transaction.ts';

/** Rows of the table's own properties; `undefined` is a value that upstream doesn't say (what is mirrored stays). */
export type Row = Record<string, unknown>;

export interface Mirrored<Wire, Content extends Row, PageInfo = undefined> {
  table: PgTable & { id: PgColumn; conferenceId: PgColumn; contentHash: PgColumn; removedAt: PgColumn };
  /** property of the upstream key */
  key: 'pretalxId' | 'pretalxCode';
  /** guarded entities hold the run when too many would go */
  guard?: GuardedEntity;
  /**
   * A page's rows; items that are not mirrored are left out. Properties that are no columns count as content but are
   * kept elsewhere, as a talk's speakers. `pageInfo` is what else the page says, for `onPage`.
   */
  rows(items: Wire[]): { rows: Content[]; pageInfo?: PageInfo };
  /** All that `rows` looks at besides the items; given where pages are many, so that the work is kept (`MadeOfPages`). */
  madeWith?(): readonly unknown[];
  /** told what each page says besides its rows, in order */
  onPage?(pageInfo: PageInfo): void;
  /** what a new row gets for values that upstream doesn't say; null unless given */
  defaultsFor?(row: Content): Row;
  /** columns that are written with a row but are not its content, the same ones for every row */
  extraColumns?(row: Content): Row;
  /** called with the rows that were written, with their ids, in the step's transaction */
  afterWrite?(transaction: StepTransaction, rows: Written<Content>[]): Promise<void>;
}

export interface Written<Content> {
  id: number;
  isNew: boolean;
  row: Content;
}
