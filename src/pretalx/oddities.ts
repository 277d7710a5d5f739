/** What was strange about a listing without making it unusable. */
export interface Oddities {
  /** Keys that no item had although pretalx sends them, because the event's settings hide them. */
  hidden: readonly string[];
  /** The key of an item with text that had to be replaced. */
  cleanedIn: string | number | undefined;
}

/** @param endpoint pretalx' name of the listing, `speakers/` */
export function warningsOf(endpoint: string, oddities: Oddities): string[] {
  const name = endpoint.replace('/', '');
  const warnings = oddities.hidden.map(
    (field) => `The event's settings hide "${field}" of ${name}; what the mirror has of it stays as it is.`,
  );
  if (oddities.cleanedIn !== undefined) {
    warnings.push(
      `Text of ${name} held characters that PostgreSQL can't store (NUL or half a surrogate pair); each became U+FFFD (first in ${oddities.cleanedIn}).`,
    );
  }
  return warnings;
}
