/** The way that most scripts go: every row upserted every time through Drizzle's `values()`, links one by one. */
import { eq, sql } from 'drizzle-orm';
import type { Database } from '../../src/db/client.ts';
import { conferences, speakers, talkSpeakers, talks } from '../../src/db/schema/index.ts';

interface Page<T> {
  count: number;
  results: T[];
}

/** @returns milliseconds of one sync of speakers, talks and their links into tables of a database of its own */
export async function naiveSyncMs(database: Database, url: string): Promise<number> {
  const { orm } = database;
  await orm.insert(conferences).values({ slug: 'naive', name: 'naive' }).onConflictDoNothing();
  const [conference] = await orm.select().from(conferences).where(eq(conferences.slug, 'naive'));
  const conferenceId = conference?.id ?? 0;
  const started = performance.now();
  const people = await pages<{ code: string; name: string; biography: string; email: string }>(
    url,
    'speakers',
  );
  const ids = new Map<string, number>();
  for (let at = 0; at < people.length; at += 500) {
    const rows = await orm
      .insert(speakers)
      .values(
        people.slice(at, at + 500).map((s) => ({
          conferenceId,
          pretalxCode: s.code,
          name: s.name,
          biography: s.biography,
          email: s.email,
          contentHash: '',
        })),
      )
      .onConflictDoUpdate({
        target: [speakers.conferenceId, speakers.pretalxCode],
        set: { name: sql`excluded.name`, biography: sql`excluded.biography`, email: sql`excluded.email` },
      })
      .returning({ id: speakers.id, code: speakers.pretalxCode });
    for (const row of rows) ids.set(row.code, row.id);
  }
  const items = await pages<{
    code: string;
    title: string;
    abstract: string;
    description: string;
    state: string;
    speakers: string[];
  }>(url, 'submissions');
  for (let at = 0; at < items.length; at += 500) {
    const part = items.slice(at, at + 500);
    const rows = await orm
      .insert(talks)
      .values(
        part.map((t) => ({
          conferenceId,
          pretalxCode: t.code,
          title: t.title,
          abstract: t.abstract,
          description: t.description,
          state: t.state,
          contentHash: '',
        })),
      )
      .onConflictDoUpdate({
        target: [talks.conferenceId, talks.pretalxCode],
        set: {
          title: sql`excluded.title`,
          abstract: sql`excluded.abstract`,
          description: sql`excluded.description`,
          state: sql`excluded.state`,
        },
      })
      .returning({ id: talks.id });
    for (const [nth, row] of rows.entries()) {
      await orm.delete(talkSpeakers).where(eq(talkSpeakers.talkId, row.id));
      for (const [position, code] of (part[nth]?.speakers ?? []).entries()) {
        await orm.insert(talkSpeakers).values({ talkId: row.id, speakerId: ids.get(code) ?? 0, position });
      }
    }
  }
  return performance.now() - started;
}

async function pages<T>(url: string, listing: string): Promise<T[]> {
  const items: T[] = [];
  for (let page = 1; ; page += 1) {
    const response = await fetch(`${url}/api/events/generated/${listing}/?page_size=250&page=${page}`);
    const { count, results } = (await response.json()) as Page<T>;
    items.push(...results);
    if (items.length >= count) return items;
  }
}
