/** Content lines of iCalendar (RFC 5545, section 3.1 and 3.3.11). */

const OCTETS_PER_LINE = 75;

/** A property with a TEXT value: `SUMMARY:Coffee\, tea`. */
export function textLine(name: string, text: string): string {
  const escaped = text
    .replace(/[\\;,]/g, '\\$&')
    .replace(/\r\n?|\n/g, '\\n')
    .replace(/[^\P{Cc}\t]/gu, '');
  return line(`${name}:${escaped}`);
}

/** A content line, folded after 75 octets without cutting a character in two. */
export function line(content: string): string {
  if (content.length * 3 <= OCTETS_PER_LINE || Buffer.byteLength(content) <= OCTETS_PER_LINE)
    return `${content}\r\n`;
  const bytes = Buffer.from(content);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    let end = Math.min(at + OCTETS_PER_LINE - (at > 0 ? 1 : 0), bytes.length);
    while (end < bytes.length && ((bytes[end] as number) & 0xc0) === 0x80) end -= 1;
    parts.push(bytes.toString('utf8', at, end));
    at = end;
  }
  return `${parts.join('\r\n ')}\r\n`;
}

/** `20260715T073000Z`. */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}
