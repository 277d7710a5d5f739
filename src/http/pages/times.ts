/** Times as the pages write them. */
import { formatDuration } from '../../duration.ts';
import { usableTimezone } from '../../programme/defaults.ts';
import { type Html, html } from './html.ts';

/** `12 minutes ago`, with the exact time for those who want it. */
export function ago(time: Date, nowMs: number = Date.now()): Html {
  const age = nowMs - time.getTime();
  const unitMs = age < 60_000 ? 1_000 : 60_000;
  const text = age < 5_000 ? 'just now' : `${formatDuration(Math.floor(age / unitMs) * unitMs)} ago`;
  return html`<time datetime="${time.toISOString()}" title="${time.toISOString()}">${text}</time>`;
}

/** Writes the times of one timezone; one that isn't known counts as UTC. */
export class Clock {
  readonly timezone: string;
  readonly #time: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #moment: Intl.DateTimeFormat;
  readonly #parts: Intl.DateTimeFormat;

  constructor(timezone: string) {
    const timeZone = usableTimezone(timezone).timezone;
    this.timezone = timeZone;
    this.#time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
    this.#day = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'UTC',
      weekday: 'long',
      day: 'numeric',
      month: 'long',
    });
    this.#moment = new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'medium', timeStyle: 'short' });
    this.#parts = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  }

  /** `09:30` */
  time(ms: number): string {
    return this.#time.format(ms);
  }

  /** `Wednesday 15 July`, of an ISO date. */
  day(date: string): string {
    return this.#day.format(new Date(`${date}T00:00:00Z`));
  }

  /** `15 Jul 2026, 09:30` */
  moment(time: Date): string {
    return this.#moment.format(time);
  }

  /** The ISO date of the conference's day: what begins before three in the night belongs to the evening before. */
  conferenceDay(ms: number): string {
    const [date = '', time = ''] = this.#parts.format(ms).split(' ');
    if (Number(time.slice(0, 2)) >= 3) return date;
    return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
  }
}

/** `15 – 19 July 2026`; ISO dates. */
export function dateRange(from: string | null, to: string | null): string | undefined {
  if (from === null) return undefined;
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  });
  return format.formatRange(new Date(`${from}T00:00:00Z`), new Date(`${to ?? from}T00:00:00Z`));
}
