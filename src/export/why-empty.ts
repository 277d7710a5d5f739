import type { Programme } from './model.ts';

/** What somebody is told who asks for the programme before the first sync. */
export function neverSynced(slug: string): string {
  return `The mirror of ${slug} doesn't know when the event is. Sync it first: greenroom sync ${slug}`;
}

/** Why a programme has no session, in a sentence; undefined when it has some. */
export function whyEmpty(
  { conference, version, sessions }: Programme,
  asOf: Date | undefined,
): string | undefined {
  const { slug, startsOn } = conference;
  if (sessions.length > 0) return undefined;
  if (startsOn === null) return neverSynced(slug);
  if (version !== null) return `Release ${version} of ${slug} has no sessions that everybody may see.`;
  return asOf === undefined
    ? `The mirror of ${slug} has no released schedule yet, so the programme has no sessions.`
    : `The mirror of ${slug} had no released schedule at ${asOf.toISOString()}, so the programme has no sessions.`;
}
