/** Puts figures into the docs, each into its marked place, so that one measurement can be renewed alone. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../stage/places.ts';

const docs = join(root, 'docs');

/** Between `<!-- bench: NAME -->` and `<!-- /bench: NAME -->`, a block in docs/performance.md. */
export function writeBlock(name: string, about: string, body: string): void {
  replaceIn('performance.md', name, `\n${about}\n\n${body}\n`);
}

/** The same within a sentence of docs/scaling.md. */
export function writeInline(name: string, figure: string): void {
  replaceIn('scaling.md', name, figure);
}

/** @throws Error when the page has no such place */
function replaceIn(page: string, name: string, content: string): void {
  const path = join(docs, page);
  const [opening, closing] = [`<!-- bench: ${name} -->`, `<!-- /bench: ${name} -->`];
  const text = readFileSync(path, 'utf8');
  const [from, to] = [text.indexOf(opening), text.indexOf(closing)];
  if (from < 0 || to < from) throw new Error(`docs/${page} has no place for ${opening}…${closing}`);
  writeFileSync(path, text.slice(0, from + opening.length) + content + text.slice(to));
}
