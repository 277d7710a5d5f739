/**
 * JSON as PostgreSQL writes it, which knows no limit to a number's digits.
 *
 * @returns the value; numbers that would lose digits here are text
 */
export function exactJson<T>(text: string): T {
  return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) => {
    const source = context?.source ?? '';
    const isLong = typeof value === 'number' && source.replaceAll(/\D/g, '').length > 15;
    return isLong && String(value) !== source ? source : value;
  }) as T;
}
