/** The conferences that are mirrored: added, found, changed, paused. */
import { asc, eq, sql } from 'drizzle-orm';
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core';
import type { Executor } from '../db/client.ts';
import { rowJson } from '../db/row-json.ts';
import { type ConferenceRow, conferences } from '../db/schema/index.ts';
import { NotFoundError, UsageError } from '../errors.ts';
import { dropPendingMessages, notifySettings, tryPendingMessagesNow } from './notify-settings.ts';
import {
  type ConferenceChanges,
  checkedChanges,
  checkedConference,
  checkServerOf,
  type NewConference,
} from './settings.ts';

export type { ConferenceRow };

/** A row as JSON shows it: the columns' names. There are no secrets in it, only names of variables that hold them. */
export function conferenceJson(row: ConferenceRow): Record<string, unknown> {
  return rowJson(conferences, row);
}

/** @throws UsageError when something given can't be, or the slug is taken. */
export async function addConference(db: Executor, input: NewConference): Promise<ConferenceRow> {
  const { slug, ...given } = checkedConference(input);
  checkServerOf(given.event, given.baseUrl);
  const values = {
    slug,
    name: given.name ?? slug,
    ownName: given.name ?? null,
    pretalxEventSlug: given.event ?? null,
    baseUrl: given.baseUrl ?? null,
    ...(given.timezone ? { timezone: given.timezone, ownTimezone: given.timezone } : {}),
    tokenEnv: given.tokenEnv ?? null,
    webhookSecretEnv: given.webhookSecretEnv ?? null,
    ...notifySettings(slug, given),
    ...dueEvery(given.every ?? null),
  };
  const [row] = await db.insert(conferences).values(values).onConflictDoNothing().returning();
  if (!row) {
    throw new UsageError(
      `There is a conference "${slug}" already. Change it with: greenroom conference set ${slug} …`,
    );
  }
  return row;
}

/**
 * Changes what is given and leaves the rest, in one transaction. At another event or server the
 * release that the mirror shows is not expected.
 *
 * @throws NotFoundError @throws UsageError when something given can't be.
 */
export async function updateConference(
  db: Executor,
  slug: string,
  input: ConferenceChanges,
): Promise<ConferenceRow> {
  const given = checkedChanges(input);
  return db.transaction(async (tx) => {
    const [before] = await tx
      .select()
      .from(conferences)
      .where(eq(conferences.slug, slug))
      .for('no key update');
    if (!before) throw unknownConference(slug);
    checkServerOf(given.event === undefined ? before.pretalxEventSlug : given.event, given.baseUrl);
    const values = changedColumns(slug, given, before);
    if (Object.keys(values).length === 0) return before;
    const row = await updated(tx, slug, values);
    if ('notifiedTransactionId' in values) await dropPendingMessages(tx, row.id);
    else if ('notifyUrl' in values) await tryPendingMessagesNow(tx, row.id);
    return row;
  });
}

function changedColumns(slug: string, given: ConferenceChanges, before: ConferenceRow): Values {
  const values: Values = {};
  if (given.event !== undefined) values.pretalxEventSlug = given.event;
  if (given.baseUrl !== undefined) values.baseUrl = given.baseUrl;
  if (given.name !== undefined) {
    values.ownName = given.name;
    values.name = given.name ?? before.name;
  }
  if (given.timezone !== undefined) {
    values.ownTimezone = given.timezone;
    values.timezone = given.timezone ?? before.timezone;
  }
  if (given.tokenEnv !== undefined) values.tokenEnv = given.tokenEnv;
  if (given.webhookSecretEnv !== undefined) values.webhookSecretEnv = given.webhookSecretEnv;
  Object.assign(values, notifySettings(slug, given, before));
  if (given.every !== undefined) Object.assign(values, dueEvery(given.every));
  const elsewhere =
    (given.event !== undefined && given.event !== before.pretalxEventSlug) ||
    (given.baseUrl !== undefined && given.baseUrl !== before.baseUrl);
  // Until the next sync the mirror shows the old one's release, and so do exports.
  if (elsewhere) values.releasedScheduleId = null;
  return values;
}

/** @throws NotFoundError */
export async function findConference(db: Executor, slug: string): Promise<ConferenceRow> {
  const [row] = await db.select().from(conferences).where(eq(conferences.slug, slug));
  if (!row) throw unknownConference(slug);
  return row;
}

/** All conferences, by slug. */
export function listConferences(db: Executor): Promise<ConferenceRow[]> {
  return db.select().from(conferences).orderBy(asc(conferences.slug));
}

/**
 * From now on requests are remembered, and run at `resumeConference`. A pause on top of another is a pause of its own:
 * whoever takes the first one back leaves it.
 *
 * @throws NotFoundError
 */
export function pauseConference(db: Executor, slug: string): Promise<ConferenceRow> {
  return updated(db, slug, { pausedAt: sql`now()` });
}

/** @throws NotFoundError */
export function resumeConference(db: Executor, slug: string): Promise<ConferenceRow> {
  return updated(db, slug, { pausedAt: null });
}

type Values = PgUpdateSetSource<typeof conferences>;

async function updated(db: Executor, slug: string, values: Values): Promise<ConferenceRow> {
  const [row] = await db.update(conferences).set(values).where(eq(conferences.slug, slug)).returning();
  if (!row) throw unknownConference(slug);
  return row;
}

/** The sweeper chooses the first time within the period, so that many conferences spread out. */
function dueEvery(every: string | null) {
  return { every, nextDueAt: null };
}

function unknownConference(slug: string): NotFoundError {
  return new NotFoundError(
    `There is no conference "${slug}". greenroom conference list shows them; add it with: greenroom conference add ${slug} --event EVENT`,
  );
}
