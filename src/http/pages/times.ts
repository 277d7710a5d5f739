/** Times as the pages write them. */
import { formatDuration } from '../../duration.ts';
import { conferenceDay, type LocalTime, localClock } from '../../export/clock.ts';
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
  readonly #local: (ms: number) => LocalTime;
  readonly #firstDay: string | null;

  /** @param firstDay ISO date on which the conference starts */
  constructor(timezone: string, firstDay: string | null = null) {
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
    this.#local = localClock(timeZone);
    this.#firstDay = firstDay;
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

  /** The ISO date of the conference's day. */
  conferenceDay(ms: number): string {
    return conferenceDay(this.#local(ms), this.#firstDay);
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
