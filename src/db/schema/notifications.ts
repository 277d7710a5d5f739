import { sql } from 'drizzle-orm';
import { index, integer, text } from 'drizzle-orm/pg-core';
import { conferences } from './conferences.ts';
import { bigId, greenroom, instant } from './greenroom.ts';

/**
 * What is sent to a conference's `notify_url`, one row a message, in this order. A row is pending until it is delivered
 * or given up; `body` is sent as it stands, with every attempt the same.
 */
export const notifications = greenroom.table(
  'notifications',
  {
    id: bigId('id').primaryKey().generatedAlwaysAsIdentity(),
    conferenceId: bigId('conference_id')
      .notNull()
      .references(() => conferences.id, { onDelete: 'cascade' }),
    webhookId: text('webhook_id').notNull().unique(),
    body: text('body').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    attempts: integer('attempts').notNull().default(0),
    firstAttemptAt: instant('first_attempt_at'),
    nextAttemptAt: instant('next_attempt_at'),
    deliveredAt: instant('delivered_at'),
    givenUpAt: instant('given_up_at'),
    error: text('error'),
  },
  (t) => [
    index('notifications_conference').on(t.conferenceId, t.id),
    index('notifications_pending')
      .on(t.conferenceId, t.id)
      .where(sql`delivered_at is null and given_up_at is null`),
  ],
);
