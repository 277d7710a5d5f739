/** A conference for tests about runs. */
import type { Database } from '../../src/db/client.ts';
import { conferences } from '../../src/db/schema/index.ts';

let made = 0;

/** Adds a conference; returns its row. */
export async function makeConference(
  database: Database,
  values: Partial<typeof conferences.$inferInsert> = {},
): Promise<typeof conferences.$inferSelect> {
  made += 1;
  const slug = values.slug ?? `conference-${made}`;
  const [row] = await database.orm
    .insert(conferences)
    .values({ name: slug, pretalxEventSlug: 'democon', ...values, slug })
    .returning();
  if (!row) throw new Error('The conference was not added.');
  return row;
}
