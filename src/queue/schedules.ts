/** Conferences that are synced every so often. */
import { sql } from 'drizzle-orm';
import type { Database } from '../db/client.ts';
import { requestRuns } from '../runs/runs.ts';

/** What `every` may be; PostgreSQL reads these as intervals. */
export const everyPattern = '^[0-9]{1,9}[smhdwy]$';

/**
 * Asks for a run of each conference whose time has come, once, however much was missed. Paused ones keep their turn.
 *
 * Times are spread: the first is somewhere within the period, each later one up to a tenth of it earlier or later, so
 * that a thousand conferences added by one script don't all ask pretalx at once.
 *
 * @returns the conferences that are due
 */
export function requestScheduled(database: Database): Promise<number[]> {
  return database.orm.transaction(async (tx) => {
    await tx.execute(sql`
      update greenroom.conferences set next_due_at = now() + every::interval * random()
      where every ~ ${everyPattern} and next_due_at is null`);
    const due = await tx.execute<{ id: number }>(sql`
      update greenroom.conferences set next_due_at = now() + every::interval * (0.9 + 0.2 * random())
      where every ~ ${everyPattern} and next_due_at <= now() and paused_at is null
        and pretalx_event_slug is not null
      returning id`);
    const ids = due.map(({ id }) => id);
    await requestRuns(
      tx,
      ids.map((conferenceId) => ({ conferenceId, trigger: 'schedule' as const })),
    );
    return ids;
  });
}
