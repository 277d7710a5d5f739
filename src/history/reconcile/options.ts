/** What a reconcile is asked to do, and what it answers. */
import { UsageError } from '../../errors.ts';
import { OPERATION } from '../operation.ts';
import { displayName, type VersionedTable } from '../tables.ts';

export interface ReconcileOptions {
  /** Who does it, for the transaction's record. */
  actor: string | null;
  /** Takes the place of `actor`. */
  runAs?: string | undefined;
  comment?: string | undefined;
  /** Tables by name; none: all that have a history. */
  tables?: readonly string[] | undefined;
  /** Which differences to write; by default all but deletions. */
  create?: boolean | undefined;
  update?: boolean | undefined;
  delete?: boolean | undefined;
  /** The columns that are compared, or are not. A version is always written whole. */
  fields?: readonly string[] | undefined;
  exclude?: readonly string[] | undefined;
  /** Match rows and versions by these columns instead of the primary key. */
  key?: readonly string[] | undefined;
  /** How many differences of a kind, and in all, may be written, over all tables. */
  maxCreate?: number | undefined;
  maxUpdate?: number | undefined;
  maxDelete?: number | undefined;
  maxTotal?: number | undefined;
  /** Keep the first that the limits allow (in the key's order) instead of failing. */
  partial?: boolean | undefined;
  /** Find everything, write nothing. */
  dryRun?: boolean | undefined;
  /** How many differences to show in the report, over all tables; 15 by default. */
  maxDiffs?: number | undefined;
  /** Close all but the newest of several latest versions of a key. */
  repair?: boolean | undefined;
}

export const kinds = ['create', 'update', 'delete'] as const;
export type Kind = (typeof kinds)[number];
/** Whether differences of a kind are to be found; by default all but deletions. */
export function isAskedFor(kind: Kind, options: ReconcileOptions): boolean {
  return options[kind] ?? kind !== 'delete';
}

/** A kind's number in the table of differences, which is the `operation_type` of the version that it asks for. */
export const KIND: Record<Kind, number> = {
  create: OPERATION.insert,
  update: OPERATION.update,
  delete: OPERATION.delete,
};

export interface Difference {
  kind: Kind;
  key: Record<string, unknown>;
  /** The columns that differ; for a missing or superfluous version all of them. */
  fields: Record<string, { from: unknown; to: unknown }>;
}

/** A key with more than one latest version; the transactions that wrote them, oldest first. */
export interface SeveralLatest {
  key: Record<string, unknown>;
  transactions: number[];
}

export interface TableReport {
  table: string;
  created: number;
  updated: number;
  deleted: number;
  /** Differences that a limit left out (with `partial`). */
  skipped: number;
  unchanged: number;
  diffs: Difference[];
  several_latest: SeveralLatest[];
  /** How many superfluous latest versions were closed. */
  repaired: number;
}

/** A table that was altered since it was registered. It was left as it is, unless only its as-of function needs that. */
export interface AlteredTable {
  table: string;
  /** What stands in the way, and what to do. */
  reason: string;
}

export interface ReconcileReport {
  tables: TableReport[];
  altered: AlteredTable[];
  dry_run: boolean;
  /** The transaction that the versions were written under; null when nothing was. */
  transaction_id: number | null;
}

/** A table with the columns that its rows are matched and compared by. */
export interface Matching {
  table: VersionedTable;
  key: string[];
  compared: string[];
}

/**
 * Which columns of a table to match and to compare.
 *
 * @throws UsageError for a key, field or exclusion that no table or not every table has, and when nothing is left to compare
 */
export function matchingOf(tables: readonly VersionedTable[], options: ReconcileOptions): Matching[] {
  for (const name of [...(options.fields ?? []), ...(options.exclude ?? [])]) {
    if (tables.some((table) => table.columns.includes(name))) continue;
    throw new UsageError(`No column "${name}" in ${tables.map(displayName).join(', ')}.`);
  }
  const matchings = tables.map((table) => {
    for (const name of options.key ?? []) {
      if (table.columns.includes(name)) continue;
      throw new UsageError(
        `Table "${displayName(table)}" has no column "${name}" to match by. Name the tables that --key is meant for.`,
      );
    }
    const fields = options.fields ?? table.columns;
    return {
      table,
      key: options.key && options.key.length > 0 ? [...options.key] : table.keyColumns,
      compared: table.columns.filter((name) => fields.includes(name) && !options.exclude?.includes(name)),
    };
  });
  const isNothing = matchings.length > 0 && matchings.every(({ compared }) => compared.length === 0);
  if (isNothing && isAskedFor('update', options)) {
    throw new UsageError(
      '--fields and --exclude leave no column to compare. To look only for rows without a version, say --no-update.',
    );
  }
  return matchings;
}
