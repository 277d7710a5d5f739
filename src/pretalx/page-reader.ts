/**
 * One reading of one listing: pages in order, a few requested ahead, and the proof at the end. Complete means: as many
 * different keys as `count` says, and the same `count` on every page. Anything else throws `ListingDrifted`.
 */
import { z } from 'zod';
import { ReleaseDisappearedError } from '../errors.ts';
import type { Answer, Client } from './client.ts';
import { notPretalx } from './failures.ts';
import type { Oddities } from './oddities.ts';
import { type Key, Page, type PageShape } from './page.ts';
import { type PagePlan, planPages } from './page-plan.ts';
import type { ReadPage } from './programme-reading.ts';

/** What is asked for, and what makes one of its items the same as another. */
export interface ListingSource<T> {
  /** pretalx' name of the endpoint, which is its path below the event. */
  name: string;
  /** The first page's query. */
  query: string;
  item: z.ZodType<T>;
  keyOf(item: T): Key;
  /** Keys that the event's settings may hide. */
  hideable?: readonly string[];
  /** See `Client.get`. */
  priority?: number;
}

/** Upstream changed while it was read; the consumer lets it through and is run again. */
export class ListingDrifted extends Error {
  override readonly name = 'ListingDrifted';
}

export interface PageReading {
  /** How many pages are requested before somebody wants them. */
  ahead: number;
  /** Pages can be read again later. Otherwise each is good until the next one is asked for. */
  keepsPages: boolean;
}

/** Far more than any event has. Who says more has pages without an end, and no run of its conference would ever end. */
const mostItems = 1_000_000;

export class PageReader<T> {
  readonly #client: Client;
  readonly #source: ListingSource<T>;
  readonly #shape: PageShape<T>;
  readonly #ahead: number;
  readonly #keepsPages: boolean;
  readonly #requested: (Promise<Page<T>> | undefined)[] = [];
  readonly #hidden: Set<string>;
  #cleanedIn: Key | undefined;
  #first: Promise<Page<T>> | undefined;
  #plan: PagePlan = { later: 0, query: () => '' };
  #drift: ListingDrifted | undefined;
  #proven = false;

  constructor(client: Client, source: ListingSource<T>, { ahead, keepsPages }: PageReading) {
    this.#client = client;
    this.#source = source;
    this.#ahead = ahead;
    this.#keepsPages = keepsPages;
    this.#hidden = new Set(source.hideable);
    const schema = z.object({
      count: z.int().max(mostItems),
      next: z.string().nullable(),
      results: z.array(source.item),
    });
    this.#shape = { ...source, schema };
  }

  get drift(): ListingDrifted | undefined {
    return this.#drift;
  }

  /** Whether all pages went through and the proof was there. */
  get proven(): boolean {
    return this.#proven;
  }

  get oddities(): Oddities {
    return { hidden: [...this.#hidden], cleanedIn: this.#cleanedIn };
  }

  /** The items of the first page; starts the reading. */
  async firstItems(): Promise<T[]> {
    return (await this.start()).items();
  }

  /** Requests the first page and, when it is there, the next few. */
  start(): Promise<Page<T>> {
    if (this.#first === undefined) {
      this.#first = this.#load(this.#source.query, true).then((page) => {
        const { next, keys, count } = page.facts;
        const plan = planPages(next, keys.length, count);
        if (plan === undefined) throw notPretalx(this.#place, `"next" names no page: ${next}`);
        this.#plan = plan;
        this.#requestUpTo(this.#ahead - 1);
        return page;
      });
      this.#first.catch(() => {});
    }
    return this.#first;
  }

  /** New items page by page. @throws ListingDrifted, or what a request threw */
  async *pages(): AsyncGenerator<ReadPage<T>, void, undefined> {
    const seen = new Set<Key>();
    const first = await this.start();
    const { count } = first.facts;
    for (let page: Page<T> | undefined = first, index = 0; page !== undefined; index += 1) {
      const { facts } = page;
      if (facts.count !== count) throw this.#drifted(`${count} and then ${facts.count} of them`);
      const fresh = withoutSeen(page, seen, this.#source.keyOf);
      this.#notice(page);
      if (fresh !== undefined) yield fresh;
      // The first one may be asked for again, by `firstItems`.
      if (!this.#keepsPages && page !== first) page.release();
      this.#requestUpTo(index + this.#ahead);
      page = await this.#take(index);
    }
    if (seen.size !== count) throw this.#drifted(`${seen.size} of ${count} were there`);
    this.#proven = true;
    if (count === 0) this.#hidden.clear();
  }

  #requestUpTo(index: number): void {
    while (this.#requested.length < Math.min(index + 1, this.#plan.later)) {
      const page = this.#load(this.#plan.query(this.#requested.length), false);
      page.catch(() => {});
      this.#requested.push(page);
    }
  }

  /** Lets go of a page as it is handed out, so that no more than a few are in memory. */
  async #take(index: number): Promise<Page<T> | undefined> {
    const page = this.#requested[index];
    if (page === undefined) return undefined;
    this.#requested[index] = undefined;
    return page;
  }

  async #load(query: string, isFirst: boolean): Promise<Page<T>> {
    const { name, priority } = this.#source;
    const answer = await this.#client.get(name, query, isFirst ? undefined : priority);
    if (answer.status !== 200) throw this.#refused(answer);
    return new Page(answer, this.#shape);
  }

  #refused(answer: Answer): Error {
    if (answer.status === 404 && answer.body.text().includes('Invalid page')) {
      return this.#drifted('a page that had been announced was gone');
    }
    if (answer.status === 400 && answer.body.text().includes('"schedule"')) {
      return new ReleaseDisappearedError(
        `The release that was to be read is gone (event "${answer.place.eventSlug}", ${answer.place.path}?${this.#source.query}). Sync again to read the latest one.`,
      );
    }
    return notPretalx(answer.place, `status ${answer.status}`);
  }

  #drifted(how: string): ListingDrifted {
    this.#drift ??= new ListingDrifted(`${this.#source.name} changed while it was read: ${how}`);
    return this.#drift;
  }

  #notice(page: Page<T>): void {
    for (const key of page.facts.present) this.#hidden.delete(key);
    if (!page.cleaned || this.#cleanedIn !== undefined) return;
    const changed = page.items().find((item) => JSON.stringify(item).includes('\uFFFD'));
    this.#cleanedIn = changed === undefined ? 'one of them' : this.#source.keyOf(changed);
  }

  get #place() {
    return this.#client.place(this.#source.name);
  }
}

/** The page, or what is new in it; undefined when nothing is. Notes its keys as seen. */
function withoutSeen<T>(page: Page<T>, seen: Set<Key>, keyOf: (item: T) => Key): ReadPage<T> | undefined {
  const { keys } = page.facts;
  const fresh = new Set(keys.filter((key) => !seen.has(key)));
  for (const key of fresh) seen.add(key);
  if (fresh.size === 0) return undefined;
  if (fresh.size === keys.length) {
    return { items: () => page.items(), bytes: page.cleaned ? undefined : page.facts };
  }
  const left = () => {
    const wanted = new Set(fresh);
    return page.items().filter((item) => wanted.delete(keyOf(item)));
  };
  return { items: left, bytes: undefined };
}
