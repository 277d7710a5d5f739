/**
 * Where the pages after the first are. Only the query of pretalx' `next` is used, never its host or path, and the
 * length of the first page is what counts, not the length that was asked for.
 */
export interface PagePlan {
  /** How many pages come after the first. */
  later: number;
  /** @param index from 0: the first of the later pages */
  query(index: number): string;
}

/** @returns undefined when `next` names neither a page nor an offset */
export function planPages(next: string | null, firstLength: number, count: number): PagePlan | undefined {
  const later = firstLength === 0 ? 0 : Math.ceil(count / firstLength) - 1;
  if (next === null || later <= 0) return { later: 0, query: () => '' };
  const search = next.split('?')[1] ?? '';
  const pageAt: ((index: number) => [string, string]) | undefined = new URLSearchParams(search).has('offset')
    ? (index) => ['offset', String(firstLength * (index + 1))]
    : new URLSearchParams(search).has('page')
      ? (index) => ['page', String(index + 2)]
      : undefined;
  if (pageAt === undefined) return undefined;
  return {
    later,
    query(index) {
      const parameters = new URLSearchParams(search);
      parameters.set(...pageAt(index));
      return parameters.toString();
    },
  };
}
