import { z } from 'zod';
import { ReleaseDisappearedError } from '../errors.ts';
import type { Answer, Client } from './client.ts';
import { notPretalx } from './failures.ts';
import type { Oddities } from './oddities.ts';
import { type PagePlan, planPages } from './page-plan.ts';
import { parseAnswer } from './parse.ts';

/**
 * One reading of one listing: pages in order, a few requested ahead, and the proof at the end. Complete means: as many
 * different keys as `count` says, and the same `count` on every page. Anything else throws `ListingDrifted`.
 */
export interface ListingSource<T> {
  /** pretalx' name of the endpoint, which is its path below the event. */
  name: string;
  /** The first page's query. */
  query: string;
  item: z.ZodType<T>;
  keyOf(item: T): string | number;
  /** Keys that the event's settings may hide. */
  hideable?: readonly string[];
}

/** Upstream changed while it was read; the consumer lets it through and is run again. */
export class ListingDrifted extends Error {
  override readonly name = 'ListingDrifted';
}

interface Page<T> {
  count: number;
  next: string | null;
  items: T[];
  cleaned: boolean;
}

export class PageReader<T> {
  readonly #client: Client;
  readonly #source: ListingSource<T>;
  readonly #schema: z.ZodType<{ count: number; next: string | null; results: T[] }>;
  readonly #ahead: number;
  readonly #requested: Promise<Page<T>>[] = [];
  readonly #hidden: Set<string>;
  #cleanedIn: string | number | undefined;
  #first: Promise<Page<T>> | undefined;
  #plan: PagePlan = { later: 0, query: () => '' };
  #drift: ListingDrifted | undefined;
  #proven = false;

  /** @param ahead how many pages are requested before somebody wants them */
  constructor(client: Client, source: ListingSource<T>, ahead: number) {
    this.#client = client;
    this.#source = source;
    this.#ahead = ahead;
    this.#hidden = new Set(source.hideable);
    this.#schema = z.object({ count: z.int(), next: z.string().nullable(), results: z.array(source.item) });
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
    return (await this.start()).items;
  }

  /** Requests the first page and, when it is there, the next few. */
  start(): Promise<Page<T>> {
    if (this.#first === undefined) {
      this.#first = this.#load(this.#source.query, true).then((page) => {
        const plan = planPages(page.next, page.items.length, page.count);
        if (plan === undefined) throw notPretalx(this.#place, `"next" names no page: ${page.next}`);
        this.#plan = plan;
        this.#requestUpTo(this.#ahead - 1);
        return page;
      });
      this.#first.catch(() => {});
    }
    return this.#first;
  }

  /** New items page by page. @throws ListingDrifted, or what a request threw */
  async *pages(): AsyncGenerator<T[], void, undefined> {
    const seen = new Set<string | number>();
    const first = await this.start();
    for (let page: Page<T> | undefined = first, index = 0; page !== undefined; index += 1) {
      if (page.count !== first.count) throw this.#drifted(`${first.count} and then ${page.count} of them`);
      const fresh = page.items.filter((item) => {
        const key = this.#source.keyOf(item);
        return seen.size < seen.add(key).size;
      });
      this.#notice(page, fresh);
      if (fresh.length > 0) yield fresh;
      this.#requestUpTo(index + this.#ahead);
      page = await this.#take(index);
    }
    if (seen.size !== first.count) throw this.#drifted(`${seen.size} of ${first.count} were there`);
    this.#proven = true;
    if (first.count === 0) this.#hidden.clear();
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
    this.#requested[index] = released as Promise<Page<T>>;
    return page;
  }

  async #load(query: string, isFirst: boolean): Promise<Page<T>> {
    const answer = await this.#client.get(this.#source.name, query);
    if (answer.status !== 200) throw this.#refused(answer, isFirst);
    const { value, cleaned } = parseAnswer(answer, this.#schema);
    return { count: value.count, next: value.next, items: value.results, cleaned };
  }

  #refused(answer: Answer, isFirst: boolean): Error {
    if (answer.status === 404 && !isFirst && answer.text.includes('Invalid page')) {
      return this.#drifted('a page that had been announced was gone');
    }
    if (answer.status === 400 && answer.text.includes('"schedule"')) {
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

  #notice(page: Page<T>, fresh: T[]): void {
    if (page.cleaned && this.#cleanedIn === undefined) {
      const changed = fresh.find((item) => JSON.stringify(item).includes('\uFFFD'));
      this.#cleanedIn = changed === undefined ? 'one of them' : this.#source.keyOf(changed);
    }
    for (const item of fresh) {
      if (this.#hidden.size === 0) return;
      for (const key of this.#hidden) if (key in (item as object)) this.#hidden.delete(key);
    }
  }

  get #place() {
    return this.#client.place(this.#source.name);
  }
}

const released: Promise<never> = new Promise(() => {});
