/** A programme cut into pages as pretalx cuts it, each serialised once. */
import { generateProgramme, type ProgrammeOptions } from './programme.ts';

const LARGEST_PAGE = 250;
const release = { id: 1, version: '1.0', published: '2027-04-01T00:00:00+00:00', comment: null, slots: [] };

export class Pages {
  readonly #single: Map<string, Buffer>;
  readonly #listings: Record<string, object[]>;
  readonly #origin: string;
  readonly #made = new Map<string, Buffer>();

  /** @param origin what `next` begins with */
  constructor(options: ProgrammeOptions, origin: string) {
    this.#origin = origin;
    const { event, listings } = generateProgramme(options);
    this.#listings = listings;
    const json = (value: object) => Buffer.from(JSON.stringify(value));
    this.#single = new Map([
      ['', json(event)],
      ['schedules/latest', json(release)],
      ['schedules/wip', json({ ...release, version: null })],
    ]);
    // Made now, so that no request waits for it.
    for (const path of this.paths()) this.answer(path);
  }

  /** What has to be read for all of it, in pages of 250: paths below the event. */
  paths(): string[] {
    const pages = Object.entries(this.#listings).flatMap(([name, items]) =>
      Array.from({ length: Math.max(1, Math.ceil(items.length / LARGEST_PAGE)) }, (_, page) => {
        if (name === 'rooms') return `rooms/?limit=${LARGEST_PAGE}&offset=${page * LARGEST_PAGE}`;
        const schedule = name === 'slots' ? '&schedule=1' : '';
        return `${name}/?page_size=${LARGEST_PAGE}${schedule}${page === 0 ? '' : `&page=${page + 1}`}`;
      }),
    );
    return ['', 'schedules/latest/', ...pages];
  }

  /** @param path below the event, with its query @returns undefined for what is not there */
  answer(path: string): Buffer | undefined {
    const [name = '', query] = path.split('?');
    const listing = name.replace(/\/$/, '');
    const single = this.#single.get(listing);
    if (single) return single;
    const items = this.#listings[listing];
    if (items === undefined) return undefined;
    const made = this.#made.get(path) ?? Buffer.from(JSON.stringify(this.#page(items, listing, query)));
    this.#made.set(path, made);
    return made;
  }

  #page(all: object[], listing: string, query = ''): object {
    const asked = new URLSearchParams(query);
    const state = asked.get('state');
    const items = state === null ? all : all.filter((item) => 'state' in item && item.state === state);
    const byOffset = asked.has('limit');
    const size = byOffset
      ? Number(asked.get('limit'))
      : Math.min(Number(asked.get('page_size') ?? 50), LARGEST_PAGE);
    const from = byOffset ? Number(asked.get('offset') ?? 0) : (Number(asked.get('page') ?? 1) - 1) * size;
    const next = new URLSearchParams(query);
    if (byOffset) next.set('offset', String(from + size));
    else next.set('page', String(from / size + 2));
    return {
      count: items.length,
      next: from + size < items.length ? `${this.#origin}/api/events/generated/${listing}/?${next}` : null,
      previous: null,
      results: items.slice(from, from + size),
    };
  }
}
