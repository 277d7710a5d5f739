import { date, jsonb, text } from 'drizzle-orm/pg-core';
import { bigId, greenroom, type I18n, instant } from './greenroom.ts';

/**
 * The conferences that are mirrored. `own_name` and `own_timezone` are what the user set; `name` and `timezone`
 * are what holds: the user's, else the event's. Changes are sent to `notify_url`; those of transactions up to
 * `notified_transaction_id` are in `notifications`. The history is whole from `history_purged_before` on, or all of it
 * when that is null.
 */
export const conferences = greenroom.table('conferences', {
  id: bigId('id').primaryKey().generatedAlwaysAsIdentity(),
  slug: text('slug').notNull().unique(),
  name: text('name').notNull(),
  ownName: text('own_name'),
  nameI18n: jsonb('name_i18n').$type<I18n>(),
  pretalxEventSlug: text('pretalx_event_slug'),
  baseUrl: text('base_url'),
  locale: text('locale').notNull().default('en'),
  locales: text('locales').array().notNull().default(['en']),
  startsOn: date('starts_on'),
  endsOn: date('ends_on'),
  timezone: text('timezone').notNull().default('UTC'),
  ownTimezone: text('own_timezone'),
  tokenEnv: text('token_env'),
  webhookSecretEnv: text('webhook_secret_env'),
  notifyUrl: text('notify_url'),
  notifySecretEnv: text('notify_secret_env'),
  notifiedTransactionId: bigId('notified_transaction_id'),
  every: text('every'),
  nextDueAt: instant('next_due_at'),
  pausedAt: instant('paused_at'),
  primaryColor: text('primary_color'),
  releasedVersion: text('released_version'),
  releasedScheduleId: bigId('released_schedule_id'),
  historyPurgedBefore: instant('history_purged_before'),
  createdAt: instant('created_at').notNull().defaultNow(),
});

export type ConferenceRow = typeof conferences.$inferSelect;
