/** Keeps the conference's row true to the event: name, languages, dates, timezone. What the user set stays. */
import { eq, sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { conferences } from '../db/schema/index.ts';
import type { WireEvent } from '../pretalx/wire.ts';
import { pickText } from '../programme/text.ts';
import type { ConferenceRow } from './context.ts';

/** Writes only when something differs; returns the row as it is now. */
export async function followEvent(
  executor: Executor,
  conference: ConferenceRow,
  event: WireEvent,
): Promise<ConferenceRow> {
  const wanted = {
    name: conference.ownName ?? pickText(event.name, event.locale) ?? conference.name,
    nameI18n: event.name,
    locale: event.locale,
    locales: event.locales,
    startsOn: event.date_from,
    endsOn: event.date_to,
    timezone: conference.ownTimezone ?? event.timezone,
    primaryColor: event.primary_color ?? null,
  };
  const stored = Object.fromEntries(
    Object.keys(wanted).map((name) => [name, conference[name as keyof typeof wanted]]),
  );
  if (canonical(stored) === canonical(wanted)) return conference;
  // The user may have set a name or timezone since the row was read.
  const { ownName, ownTimezone } = conferences;
  const [updated] = await executor
    .update(conferences)
    .set({
      ...wanted,
      name: sql`coalesce(${ownName}, ${wanted.name})`,
      timezone: sql`coalesce(${ownTimezone}, ${wanted.timezone})`,
    })
    .where(eq(conferences.id, conference.id))
    .returning();
  return updated ?? { ...conference, ...wanted };
}

/** jsonb doesn't keep the order of keys. */
function canonical(values: Record<string, unknown>): string {
  const { nameI18n, ...rest } = values;
  return JSON.stringify([rest, Object.entries(nameI18n ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
