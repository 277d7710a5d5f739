/** Messages that are not delivered yet, as PostgreSQL knows them: what is sent next, and what became of it. */
import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { conferences, notifications } from '../db/schema/index.ts';

/** How long a message is tried again after its first attempt, before it is given up. */
const triedFor = '1 day';

export interface DueMessage extends Record<string, unknown> {
  id: number;
  webhookId: string;
  slug: string;
  /** Not tried yet, as far as its conference is set up now. */
  isNew: boolean;
}

/** The oldest pending message of each conference, or of one, unless its next attempt is still to come. */
export async function dueMessages(db: Executor, conferenceId?: number): Promise<DueMessage[]> {
  const rows = await db.execute<DueMessage>(sql`
    select oldest.id, oldest.webhook_id as "webhookId", c.slug, oldest.next_attempt_at is null as "isNew"
      from greenroom.conferences c
      cross join lateral (
        select n.id, n.webhook_id, n.next_attempt_at from greenroom.notifications n
         where n.conference_id = c.id and n.delivered_at is null and n.given_up_at is null
         order by n.id limit 1) oldest
     where c.notify_url is not null and coalesce(oldest.next_attempt_at, '-infinity') <= now()
       ${conferenceId === undefined ? sql`` : sql`and c.id = ${conferenceId}`}`);
  return Array.from(rows);
}

/** A message with where to send it. */
export interface Deliverable {
  id: number;
  conferenceId: number;
  slug: string;
  webhookId: string;
  body: string;
  attempts: number;
  url: string;
  secretEnv: string | null;
}

/** The message, when it is its conference's oldest pending one; else the reason why there is nothing to send. */
export async function findDeliverable(db: Executor, id: number): Promise<Deliverable | { obsolete: string }> {
  const [row] = await db
    .select({ message: notifications, conference: conferences })
    .from(notifications)
    .innerJoin(conferences, eq(conferences.id, notifications.conferenceId))
    .where(eq(notifications.id, id));
  if (!row) return { obsolete: 'the message is gone' };
  const { message, conference } = row;
  if (message.deliveredAt) return { obsolete: 'it was delivered before' };
  if (message.givenUpAt) return { obsolete: 'it was given up' };
  if (conference.notifyUrl === null) return { obsolete: 'the conference sends no messages any more' };
  const [oldest] = await db
    .select({ id: notifications.id })
    .from(notifications)
    .where(
      and(
        eq(notifications.conferenceId, conference.id),
        isNull(notifications.deliveredAt),
        isNull(notifications.givenUpAt),
      ),
    )
    .orderBy(asc(notifications.id))
    .limit(1);
  if (oldest && oldest.id !== id) return { obsolete: 'an earlier message goes first' };
  return {
    id,
    conferenceId: conference.id,
    slug: conference.slug,
    webhookId: message.webhookId,
    body: message.body,
    attempts: message.attempts,
    url: conference.notifyUrl,
    secretEnv: conference.notifySecretEnv,
  };
}

export async function markDelivered(db: Executor, id: number): Promise<void> {
  await db
    .update(notifications)
    .set({
      attempts: sql`attempts + 1`,
      firstAttemptAt: sql`coalesce(first_attempt_at, now())`,
      deliveredAt: sql`now()`,
      error: null,
    })
    .where(eq(notifications.id, id));
}

/**
 * Notes a failed attempt; the message is given up when its first one is a day ago.
 *
 * @returns whether it was given up
 */
export async function markFailed(db: Executor, id: number, error: string, delayMs: number): Promise<boolean> {
  const [row] = await db
    .update(notifications)
    .set({
      attempts: sql`attempts + 1`,
      error,
      firstAttemptAt: sql`coalesce(first_attempt_at, now())`,
      nextAttemptAt: sql`now() + ${delayMs} * interval '1 millisecond'`,
      givenUpAt: sql`case when first_attempt_at <= now() - ${triedFor}::interval then now() end`,
    })
    .where(eq(notifications.id, id))
    .returning({ givenUpAt: notifications.givenUpAt });
  return row?.givenUpAt != null;
}
