/** Times and spans as people say them. */
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** "just now", "5 min ago", "3 h ago", "12 days ago"; "in 5 min" for what is to come. */
export function age(at: Date, nowMs = Date.now()): string {
  const ms = nowMs - at.getTime();
  const span = spanOf(Math.abs(ms));
  if (span === undefined) return 'just now';
  return ms > 0 ? `${span} ago` : `in ${span}`;
}

/** When something is due that is to come: "in a moment", "in 35 s", "in 5 min". */
export function due(at: Date, nowMs = Date.now()): string {
  const ms = at.getTime() - nowMs;
  if (ms < 3_000) return 'in a moment';
  return `in ${spanOf(ms) ?? `${Math.round(ms / 1_000)} s`}`;
}

function spanOf(ms: number): string | undefined {
  if (ms < 45_000) return undefined;
  if (ms < 90 * minuteMs) return `${Math.max(1, Math.round(ms / minuteMs))} min`;
  if (ms < 36 * hourMs) return `${Math.round(ms / hourMs)} h`;
  return `${Math.round(ms / dayMs)} days`;
}

/** `2026-07-15 09:30` in UTC. */
export function clock(at: Date): string {
  return at.toLocaleString('sv-SE', { timeZone: 'UTC', dateStyle: 'short', timeStyle: 'short' });
}
