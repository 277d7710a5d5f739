import { IncompleteListingError } from '../errors.ts';
import type { Client } from './client.ts';
import type { Oddities } from './oddities.ts';
import { type ListingSource, PageReader } from './page-reader.ts';
import type { Listing } from './programme-reading.ts';

/** How often a listing that changed under our hands is read again. */
const rereads = 3;

export interface PrefetchedListing<T> extends Listing<T> {
  /** Starts the reading that the first `read` goes on with; does nothing after that one. */
  prefetch(): void;
  /** The first page's items, of the reading that the next `read` goes on with. */
  firstItems(): Promise<T[]>;
}

/** A listing that is streamed, and asked of upstream again by each `read`. */
export function openListing<T>(
  client: Client,
  source: ListingSource<T>,
  ahead: number,
  onOddities: (oddities: Oddities) => void,
): PrefetchedListing<T> {
  let prefetched: PageReader<T> | undefined;
  let latest: PageReader<T> | undefined;
  let wasRead = false;
  const begun = () => {
    prefetched ??= new PageReader(client, source, ahead);
    latest = prefetched;
    return prefetched;
  };

  async function read<R>(consume: (pages: AsyncIterable<T[]>) => Promise<R>): Promise<R> {
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
        for await (const page of pages) for (const item of page) items.push(item);
        return items;
      });
    },
    prefetch() {
      if (!wasRead) void begun().start();
    },
    firstItems: () => (latest ?? begun()).firstItems(),
  };
}

/** A small listing: read once, whole, and then from memory. */
export function remembered<T>(listing: PrefetchedListing<T>): PrefetchedListing<T> {
  let items: Promise<T[]> | undefined;
  const all = () => {
    items ??= listing.all();
    return items;
  };
  return {
    all,
    async read(consume) {
      const known = await all();
      async function* pages() {
        if (known.length > 0) yield known;
      }
      return await consume(pages());
    },
    prefetch() {
      void all().catch(() => {});
    },
    firstItems: () => listing.firstItems(),
  };
}
