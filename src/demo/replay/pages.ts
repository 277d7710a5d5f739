import type { Item } from './recordings.ts';

/** pretalx' paging: by page number, or by limit and offset when both are given; rooms know only the latter. */
export interface PagedAnswer {
  count: number;
  next: string | null;
  previous: string | null;
  results: Item[];
}

const defaultPageSize = 50;
const largestPageSize = 250;
const defaultLimit = 100;

/**
 * @param largest the server's largest page; rooms have none unless it is given
 * @returns undefined for a page that doesn't exist
 */
export function paginate(
  items: Item[],
  url: URL,
  onlyOffsets: boolean,
  largest?: number,
): PagedAnswer | undefined {
  const query = url.searchParams;
  const limit = positive(query.get('limit'));
  if (onlyOffsets || (limit !== undefined && query.has('offset'))) {
    return byOffset(items, url, Math.min(limit ?? defaultLimit, largest ?? Number.POSITIVE_INFINITY));
  }
  const size = Math.min(positive(query.get('page_size')) ?? defaultPageSize, largest ?? largestPageSize);
  const pages = Math.max(1, Math.ceil(items.length / size));
  const number = query.has('page') ? positive(query.get('page')) : 1;
  if (number === undefined || number > pages) return undefined;
  return {
    count: items.length,
    next: number < pages ? link(url, 'page', String(number + 1)) : null,
    previous: number > 1 ? link(url, 'page', number === 2 ? undefined : String(number - 1)) : null,
    results: items.slice((number - 1) * size, number * size),
  };
}

function byOffset(items: Item[], url: URL, limit: number): PagedAnswer {
  const offset = positive(url.searchParams.get('offset')) ?? 0;
  const before = offset - limit;
  return {
    count: items.length,
    next: offset + limit < items.length ? link(url, 'offset', String(offset + limit), limit) : null,
    previous: offset > 0 ? link(url, 'offset', before > 0 ? String(before) : undefined, limit) : null,
    results: items.slice(offset, offset + limit),
  };
}

function positive(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

/** Absolute, with the parameters sorted by name, as pretalx does it. */
function link(url: URL, name: string, value: string | undefined, limit?: number): string {
  const target = new URL(url);
  if (value === undefined) target.searchParams.delete(name);
  else target.searchParams.set(name, value);
  if (limit !== undefined) target.searchParams.set('limit', String(limit));
  target.searchParams.sort();
  return target.href;
}
