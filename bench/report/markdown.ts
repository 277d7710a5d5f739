/** Findings as Markdown: what is printed is what is written into the docs. */
import { aimOf, boundOf, isReached } from '../aims.ts';
import type { Aimed, Cell, Findings, Table } from '../measurement.ts';
import { shown } from './numbers.ts';

export function render({ tables, aimed = [], notes = [] }: Findings): string {
  const all = [...tables, ...(aimed.length > 0 ? [aimTable(aimed)] : [])].filter(
    ({ rows }) => rows.length > 0,
  );
  return [
    ...all.map(renderTable),
    ...(notes.length > 0 ? [notes.map((note) => `- ${note}`).join('\n')] : []),
  ].join('\n\n');
}

function renderTable({ columns, rows }: Table): string {
  const isNumeric = columns.map((_, at) => {
    const cells = rows.map((row) => row[at]).filter((cell) => cell !== undefined && cell !== '');
    return cells.length > 0 && cells.every((cell) => typeof cell === 'number');
  });
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns),
    `|${isNumeric.map((numeric) => (numeric ? '--:' : '---')).join('|')}|`,
    ...rows.map((row) => line(row.map(text))),
  ].join('\n');
}

function text(cell: Cell): string {
  return typeof cell === 'number' ? shown(cell) : (cell ?? '–');
}

function aimTable(aimed: readonly Aimed[]): Table {
  return {
    columns: ['against the aim', 'where', 'figure', 'aim', ''],
    rows: aimed.map(({ aim, where, figure }) => [
      aimOf(aim).what,
      where,
      figure === undefined || Number.isNaN(figure)
        ? 'not known'
        : `${shown(figure)} ${aimOf(aim).unit}`.trim(),
      boundOf(aim),
      figure === undefined || Number.isNaN(figure) ? '' : isReached(aim, figure) ? 'reached' : 'missed',
    ]),
  };
}
