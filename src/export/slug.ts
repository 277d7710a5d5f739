/** Slugs as pretalx makes them for its exports; not those of our own pages (programme/slug.ts). */

const ascii = (text: string) => text.normalize('NFKD').replace(/[^\p{ASCII}]/gu, '');

/** For rooms and tracks, `101-forum-hall`: letters and digits, a single hyphen between words. */
export function namedSlug(pretalxId: number, name: string): string {
  const words = ascii(name)
    .toLowerCase()
    .replace(/[^\w\s-]/g, '')
    .replace(/[-\s]+/g, '-')
    .replace(/^[-_]+|[-_]+$/g, '');
  return `${pretalxId}-${words}`;
}

/** For sessions, `democon-1004-total-orchestration`; `number` tells the slots of one talk apart. */
export function sessionSlug(event: string, id: number, number: number | null, title: string): string {
  const words = ascii(title.replace(/[^\p{L}\p{N}_]+/gu, '-'))
    .replace(/[^A-Za-z0-9-]+/g, '')
    .toLowerCase()
    .replace(/^-+|-+$/g, '');
  return [event, String(id), ...(number === null ? [] : [String(number)]), ...(words ? [words] : [])].join(
    '-',
  );
}
