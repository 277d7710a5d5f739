/** Picks one language of pretalx' multilingual texts. */
import type { I18n } from '../db/schema/greenroom.ts';

const isBlank = (text: string) => text.trim() === '';

/**
 * One language of a multilingual text: the event's own, else English, else the first that says something.
 *
 * @param locale the event's own language, `de`
 * @returns the text byte for byte, or null when no language has more than white space
 */
export function pickText(text: I18n | null | undefined, locale: string): string | null {
  if (text === null || text === undefined) return null;
  for (const language of [locale, 'en']) {
    const own = text[language];
    if (own !== undefined && !isBlank(own)) return own;
  }
  return Object.values(text).find((other) => !isBlank(other)) ?? null;
}
