/** Where a conference's changes are sent to, and what happens when that is switched on or off. */
import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { notifications } from '../db/schema/index.ts';
import { UsageError } from '../errors.ts';
import type { ConferenceChanges } from './settings.ts';

interface NotifyColumns {
  notifyUrl: string | null;
  notifySecretEnv: string | null;
}

/**
 * The columns to set. Whoever switches messages on gets those about changes from now on.
 *
 * @param before what is set until now
 * @throws UsageError when there would be an address and no secret
 */
export function notifySettings(
  slug: string,
  given: ConferenceChanges,
  before: NotifyColumns = { notifyUrl: null, notifySecretEnv: null },
): Partial<NotifyColumns> & { notifiedTransactionId?: SQL | null } {
  if (given.notifyUrl === undefined && given.notifySecretEnv === undefined) return {};
  const notifyUrl = given.notifyUrl === undefined ? before.notifyUrl : given.notifyUrl;
  const notifySecretEnv =
    given.notifySecretEnv === undefined ? before.notifySecretEnv : given.notifySecretEnv;
  if (notifyUrl !== null && notifySecretEnv === null) {
    throw new UsageError(
      `Messages to --notify-url are signed. Name the variable with the secret too: greenroom conference set ${slug} --notify-url URL --notify-secret-env NAME`,
    );
  }
  const isSwitched = (notifyUrl === null) !== (before.notifyUrl === null);
  if (!isSwitched) return { notifyUrl, notifySecretEnv };
  const newest = sql`(select coalesce(max(id), 0) from greenroom.transactions)`;
  return { notifyUrl, notifySecretEnv, notifiedTransactionId: notifyUrl === null ? null : newest };
}

/** Nothing of what waited is sent after messages were switched off or on. */
export async function dropPendingMessages(db: Executor, conferenceId: number): Promise<void> {
  await db.delete(notifications).where(pendingOf(conferenceId));
}

/** What could not be sent as it was set before is tried now, however long it was to wait. */
export async function tryPendingMessagesNow(db: Executor, conferenceId: number): Promise<void> {
  await db.update(notifications).set({ nextAttemptAt: null }).where(pendingOf(conferenceId));
}

const pendingOf = (conferenceId: number) =>
  and(
    eq(notifications.conferenceId, conferenceId),
    isNull(notifications.deliveredAt),
    isNull(notifications.givenUpAt),
  );
