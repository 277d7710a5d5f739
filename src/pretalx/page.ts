/**
 * A page of a listing as it came. What it says of the listing follows from its bytes alone, so a page that came before
 * with the same bytes needn't be parsed again: most pages of most syncs. Its items are parsed when somebody asks.
 */
import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type { Answer } from './client.ts';
import { parseAnswer } from './parse.ts';

export type Key = string | number;

/** What a page's bytes say: the same object for the same bytes, as long as this process remembers them. */
export interface PageFacts {
  readonly count: number;
  readonly next: string | null;
  /** The keys of its items, in their order. */
  readonly keys: readonly Key[];
  /** Which of the source's hideable keys at least one of its items has. */
  readonly present: readonly string[];
}

/** What a page is made of, and what is looked at. */
export interface PageShape<T> {
  name: string;
  schema: z.ZodType<{ count: number; next: string | null; results: T[] }>;
  keyOf(item: T): Key;
  hideable?: readonly string[];
}

/** So many items' keys are remembered, of whichever conferences were read last; some 100 bytes each. 50,000 talks have 160,000. */
const rememberedItems = 200_000;

const memory = new LRUCache<string, PageFacts>({
  maxSize: rememberedItems,
  sizeCalculation: ({ keys }) => keys.length + 1,
});

interface ParsedPage<T> {
  facts: PageFacts;
  items: T[];
}

export class Page<T> {
  readonly #answer: Answer;
  readonly #name: string;
  readonly #shape: PageShape<T>;
  /** Items take three times the memory of their bytes: they may go when nobody holds them, and are parsed again. */
  #parsed: WeakRef<ParsedPage<T>> | undefined;
  #facts: PageFacts | undefined;
  #cleaned = false;

  constructor(answer: Answer, shape: PageShape<T>) {
    this.#answer = answer;
    this.#name = `${shape.name} ${hash('sha256', answer.body.bytes(), 'base64')}`;
    this.#shape = shape;
  }

  /** @throws what `parseAnswer` throws, unless the same bytes were parsed before */
  get facts(): PageFacts {
    this.#facts ??= memory.get(this.#name) ?? this.#learn();
    return this.#facts;
  }

  /** @throws what `parseAnswer` throws */
  items(): T[] {
    return this.#parse().items;
  }

  /** Gives back the memory of its bytes. Nothing more can be asked of it than what is known already. */
  release(): void {
    this.#parsed = undefined;
    this.#answer.body.release();
  }

  /** Whether text in it had to be replaced; false also for a page that was not parsed. */
  get cleaned(): boolean {
    return this.#cleaned;
  }

  #learn(): PageFacts {
    const { facts } = this.#parse();
    // What was cleaned is worth a warning each time, and is found by parsing.
    if (!this.#cleaned) memory.set(this.#name, facts);
    return facts;
  }

  #parse(): ParsedPage<T> {
    const known = this.#parsed?.deref();
    if (known !== undefined) return known;
    const { schema, keyOf, hideable = [] } = this.#shape;
    const { value, cleaned } = parseAnswer(this.#answer, schema);
    const { count, next, results: items } = value;
    const present = hideable.filter((key) => items.some((item) => key in (item as object)));
    const parsed = { facts: { count, next, keys: items.map(keyOf), present }, items };
    this.#cleaned = cleaned;
    this.#parsed = new WeakRef(parsed);
    return parsed;
  }
}
