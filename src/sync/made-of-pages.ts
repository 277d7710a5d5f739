/**
 * Keeps what was made of pages for the next sync: most pages come again with the same bytes, and what is made of them
 * depends on nothing else but what it is made with. It is a memory of work, never of the mirror: rows are compared with
 * what the database holds however their hashes were come by.
 */
import { hash } from 'node:crypto';
import type { ReadPage } from '../pretalx/reading.ts';

export class MadeOfPages<Made> {
  readonly #made = new WeakMap<object, { madeWith: readonly unknown[]; made: Made }>();

  /**
   * What was made of a page with the same bytes and with the same things; else makes it.
   *
   * @param madeWith everything besides the page that `make` looks at, compared with `===`; see `fingerprint`
   */
  of(page: ReadPage<unknown>, madeWith: readonly unknown[], make: () => Made): Made {
    const kept = page.bytes && this.#made.get(page.bytes);
    if (kept?.madeWith.every((value, at) => value === madeWith[at])) return kept.made;
    const made = make();
    if (page.bytes) this.#made.set(page.bytes, { madeWith, made });
    return made;
  }
}

/**
 * A short text that is the same for the same things in the same order: JSON values, Maps and Sets of them, and what of
 * these `named` has by name.
 */
export function fingerprint(named: object): string {
  // Made JSON before `JSON.stringify` sees it: a function that it calls for each value takes five times as long.
  const entries = Object.entries(named).map(([name, value]) => [name, asJson(value)]);
  return hash('sha256', JSON.stringify(entries), 'base64url');
}

function asJson(value: unknown): unknown {
  return value instanceof Map || value instanceof Set ? [...value] : value;
}
