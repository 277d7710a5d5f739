/** Columns for people. */
import { printable } from '../../words.ts';

const segmenter = new Intl.Segmenter();

export type Cell = string | number | null | undefined;

/**
 * Aligned columns under their headings; columns of numbers to the right. `–` stands for nothing.
 *
 * @returns Lines joined by newlines, without one at the end.
 */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const right = headings.map((_, i) => rows.some((row) => typeof row[i] === 'number'));
  const lines = [headings, ...rows.map((row) => headings.map((_, i) => cellText(row[i])))];
  const widths = headings.map((_, i) => Math.max(...lines.map((line) => width(line[i] ?? ''))));
  return lines
    .map((line) =>
      line
        .map((cell, i) => pad(cell, widths[i] ?? 0, right[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** At most so many characters; an ellipsis stands for the rest. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

function cellText(cell: Cell): string {
  if (cell === null || cell === undefined || cell === '') return '–';
  return typeof cell === 'number' ? cell.toLocaleString('en') : printable(cell);
}

const width = (text: string) => [...segmenter.segment(text)].length;

function pad(text: string, columns: number, right = false): string {
  const space = ' '.repeat(Math.max(0, columns - width(text)));
  return right ? space + text : text + space;
}
