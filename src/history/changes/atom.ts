/** The changes as an Atom feed (RFC 4287), newest first: an entry a change. */
import { createHash } from 'node:crypto';
import type { Change } from './change.ts';
import { describeChange } from './words.ts';

export interface FeedOptions {
  slug: string;
  /** The conference's name. */
  name: string;
  /** Where the feed itself is. */
  url: string;
  /** The page about the conference. */
  page?: string | undefined;
  timezone: string;
}

/** The document, `application/atom+xml`. Entries keep their ids from one reading to the next; no two have the same. */
export function changesFeed(changes: readonly Change[], options: FeedOptions): string {
  const ids = idsOf(changes, options.slug);
  const updated = changes.at(-1)?.at ?? new Date(0).toISOString();
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom">',
    `<id>${escaped(options.url)}</id>`,
    `<title>${escaped(`Changes of ${options.name}`)}</title>`,
    `<updated>${updated}</updated>`,
    `<link rel="self" href="${escaped(options.url)}"/>`,
    ...(options.page ? [`<link rel="alternate" type="text/html" href="${escaped(options.page)}"/>`] : []),
    '<author><name>greenroom</name></author>',
    ...changes.map((change, at) => entry(change, ids[at] as string, options)).toReversed(),
    '</feed>',
    '',
  ].join('\n');
}

function entry(change: Change, id: string, { page, timezone, url }: FeedOptions): string {
  const title = escaped(describeChange(change, timezone));
  return [
    '<entry>',
    `<id>${id}</id>`,
    `<title>${title}</title>`,
    `<updated>${change.at}</updated>`,
    `<link href="${escaped(page ?? url)}"/>`,
    `<category term="${change.kind}"/>`,
    `<content type="text">${change.diff === undefined ? title : escaped(change.diff)}</content>`,
    '</entry>',
  ].join('\n');
}

/** Two slots of one talk can move alike: then the second such change is told apart by its number. */
function idsOf(changes: readonly Change[], slug: string): string[] {
  const seen = new Map<string, number>();
  return changes.map(({ at, run, entity, key, kind, from, to, field }) => {
    const what = JSON.stringify([slug, run ?? at, entity, key, kind, field ?? null, from, to]);
    const number = (seen.get(what) ?? 0) + 1;
    seen.set(what, number);
    const hash = createHash('sha256').update(number === 1 ? what : `${what}${number}`);
    return `urn:greenroom:change:${hash.digest('hex').slice(0, 32)}`;
  });
}

/** Escapes text for XML, and replaces what XML can't hold. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
