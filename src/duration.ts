/** Durations as people write them (`30s`, `15m`, `2h`, `1d`, `2y`) and as the code counts them (milliseconds). */
import { UsageError } from './errors.ts';

const unitsMs: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};

/**
 * Reads one duration: a whole number and its unit (`ms`, `s`, `m`, `h`, `d`, `w`, `y` of 365 days), without spaces.
 *
 * @returns milliseconds
 * @throws UsageError when the text is no duration
 */
export function parseDurationMs(text: string): number {
  const match = /^(\d{1,9})(ms|[smhdwy])$/.exec(text.trim().toLowerCase());
  const unitMs = unitsMs[match?.[2] ?? ''];
  if (!match || unitMs === undefined) {
    throw new UsageError(
      `"${text}" is not a duration. Write a whole number and a unit: s, m (minutes), h, d, w or y, such as 30s, 15m, 2h, 90d or 2y.`,
    );
  }
  return Number(match[1]) * unitMs;
}

/**
 * Writes milliseconds for people: `340ms`, `1.2s`, `15m`, `2h 5m`, `3d`. At most two units; what is below is cut off.
 */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1_000) return `${Math.max(0, Math.round(durationMs))}ms`;
  if (durationMs < 60_000) return `${Math.floor(durationMs / 100) / 10}s`;
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const;
  const first = units.findIndex(([, unitMs]) => durationMs >= unitMs);
  let restMs = durationMs;
  const parts: string[] = [];
  for (const [name, unitMs] of units.slice(first, first + 2)) {
    const count = Math.floor(restMs / unitMs);
    if (count > 0) parts.push(`${count}${name}`);
    restMs -= count * unitMs;
  }
  return parts.join(' ');
}
