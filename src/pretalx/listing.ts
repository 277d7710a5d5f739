import { IncompleteListingError } from '../errors.ts';
import type { Client } from './client.ts';
import type { Oddities } from './oddities.ts';
import { type ListingSource, PageReader, type PageReading } from './page-reader.ts';
import type { Listing, ReadPage } from './programme-reading.ts';

/** How often a listing that changed under our hands is read again. */
const rereads = 3;

export interface PrefetchedListing<T> extends Listing<T> {
  /** Starts the reading that the first `read` goes on with; does nothing after that one. */
  prefetch(): void;
  /** The first page's items, of the reading that the next `read` goes on with. */
  firstItems(): Promise<T[]>;
}

export interface ListingOptions extends PageReading {
  /** Called when a reading was complete. */
  onOddities(oddities: Oddities): void;
}

/** A listing that is streamed, and asked of upstream again by each `read`. */
export function openListing<T>(
  client: Client,
  source: ListingSource<T>,
  { onOddities, ...reading }: ListingOptions,
): PrefetchedListing<T> {
  let prefetched: PageReader<T> | undefined;
  let latest: PageReader<T> | undefined;
  let wasRead = false;
  const begun = () => {
    prefetched ??= new PageReader(client, source, reading);
    latest = prefetched;
    return prefetched;
  };

  async function read<R>(consume: (pages: AsyncIterable<ReadPage<T>>) => Promise<R>): Promise<R> {
    let why = '';
    for (let again = 0; again <= rereads; again += 1) {
      const reader = begun();
      prefetched = undefined;
      wasRead = true;
      try {
        const result = await consume(reader.pages());
        if (reader.proven) {
          onOddities(reader.oddities);
          return result;
        }
        if (reader.drift === undefined) throw new Error(`${source.name} was not read to its end`);
      } catch (error) {
        if (reader.drift === undefined) throw error;
      }
      why = reader.drift.message;
    }
    const { eventSlug, path } = client.place(source.name);
    throw new IncompleteListingError(
      `No complete reading of event "${eventSlug}", ${path}, in ${rereads + 1} tries (${why}). Nothing was written; sync again when fewer changes are being made in pretalx.`,
    );
  }

  return {
    read,
    async all() {
      return await read(async (pages) => {
        const items: T[] = [];
        for await (const page of pages) for (const item of page.items()) items.push(item);
        return items;
      });
    },
    prefetch() {
      if (!wasRead) void begun().start();
    },
    firstItems: () => (latest ?? begun()).firstItems(),
  };
}

/** A listing without much text: read once, whole, and then from memory. */
export function openRememberedListing<T>(
  client: Client,
  source: ListingSource<T>,
  options: Omit<ListingOptions, 'keepsPages'>,
): PrefetchedListing<T> {
  const listing = openListing(client, source, { ...options, keepsPages: true });
  let known: Promise<ReadPage<T>[]> | undefined;
  const pages = () => {
    known ??= listing.read((read) => Array.fromAsync(read));
    return known;
  };
  return {
    async all() {
      return (await pages()).flatMap((page) => page.items());
    },
    async read(consume) {
      const before = await pages();
      async function* again() {
        yield* before;
      }
      return await consume(again());
    },
    prefetch() {
      void pages().catch(() => {});
    },
    firstItems: () => listing.firstItems(),
  };
}
