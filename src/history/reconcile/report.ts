/** A reconcile's report, for people. */
import { printable } from '../../words.ts';
import {
  type Difference,
  isAskedFor,
  type Kind,
  kinds,
  type ReconcileOptions,
  type ReconcileReport,
  type TableReport,
} from './options.ts';

/** Whether live tables and versions differed, or a key has several latest versions: what `--warn` asks for. */
export function hasDifferences(report: ReconcileReport): boolean {
  return report.tables.some((t) => countOf(t) > 0 || t.several_latest.length > 0);
}

/**
 * One line a table that has something to say, its differences and warnings below it, and what was written at the end.
 *
 * @param asked the options that the report answers
 */
export function renderReport(report: ReconcileReport, asked: ReconcileOptions): string {
  const lines: string[] = [];
  for (const table of report.tables) {
    if (countOf(table) === 0 && table.several_latest.length === 0) continue;
    const skipped = table.skipped > 0 ? `, ${table.skipped} left out` : '';
    const repaired = table.repaired > 0 ? `, ${table.repaired} superfluous latest versions closed` : '';
    lines.push(
      `${table.table}: ${table.created} created, ${table.updated} updated, ${table.deleted} deleted, ${table.unchanged} unchanged${skipped}${repaired}`,
      ...table.diffs.map((difference) => `  ${renderDifference(difference)}`),
      ...table.several_latest.map(
        ({ key, transactions }) =>
          `  several latest versions of ${JSON.stringify(key)}, of transactions ${transactions.join(', ')}${table.repaired > 0 ? '' : '; --repair closes all but the newest'}`,
      ),
    );
  }
  if (lines.length === 0) {
    const compared = new Set(report.tables.map(({ table }) => table));
    const which = report.altered.every(({ table }) => compared.has(table))
      ? 'The versions'
      : 'All other versions';
    return `${which} are true to the live tables${notLookedFor(asked)}.`;
  }
  if (report.dry_run) lines.push('Nothing was written: this was a dry run.');
  else if (report.transaction_id !== null) lines.push(`Written as transaction ${report.transaction_id}.`);
  return lines.join('\n');
}

const NOT_LOOKED_FOR: Record<Kind, string> = {
  create: 'missing versions (--create)',
  update: 'rows that differ (--update)',
  delete: 'versions of rows that are gone (--delete)',
};

function notLookedFor(asked: ReconcileOptions): string {
  const left = kinds.filter((kind) => !isAskedFor(kind, asked)).map((kind) => NOT_LOOKED_FOR[kind]);
  return left.length === 0 ? '' : `, but nobody looked for ${left.join(' and ')}`;
}

function countOf(table: TableReport): number {
  return table.created + table.updated + table.deleted + table.skipped + table.repaired;
}

const SHOWN = 60;
/** So much of what is the same is shown before the place where two long values part. */
const BEFORE = 20;

function renderDifference({ kind, key, fields }: Difference): string {
  const name = Object.values(key).map(keyValue).join(', ');
  if (kind !== 'update') return `${kind} ${name}`;
  const changes = Object.entries(fields).map(
    ([field, { from, to }]) => `${field}: ${renderChange(from, to)}`,
  );
  return `update ${name}  ${changes.join('; ')}`;
}

function keyValue(value: unknown): string {
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}

function renderChange(from: unknown, to: unknown): string {
  const [was, is] = [JSON.stringify(from), JSON.stringify(to)];
  if (was === is) return `${shortened(is, 0)}, stored differently`;
  const parting = was.split('').findIndex((character, at) => character !== is[at]);
  return `${shortened(was, parting)} → ${shortened(is, parting)}`;
}

function shortened(text: string, parting: number): string {
  const begin = parting > SHOWN - BEFORE ? parting - BEFORE : 0;
  const end = begin + SHOWN;
  return `${begin > 0 ? '…' : ''}${text.slice(begin, end)}${text.length > end ? '…' : ''}`;
}
