/**
 * PostgreSQL can't hold NUL characters, nor surrogates without their partner. JSON can only bring them as escapes, so
 * a look at the raw text says whether a page needs the thorough way at all.
 */
export function mayHoldUnstorableText(json: string): boolean {
  return json.includes('\\u') && /\\u(?:0000|[dD][89a-fA-F])/.test(json);
}

/** The text with U+FFFD for each such character. */
export function cleanString(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed();
}

/** A copy of a JSON value in which every such character is U+FFFD, or the value itself when it has none. */
export function cleanText<T>(value: T): T {
  return clean(value) as T;
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return cleanString(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(clean);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  let changed = false;
  const entries = Object.entries(value).map(([key, old]) => {
    const entry: [string, unknown] = [cleanString(key), clean(old)];
    changed ||= entry[0] !== key || entry[1] !== old;
    return entry;
  });
  return changed ? Object.fromEntries(entries) : value;
}
