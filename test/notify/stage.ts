/** A conference with one public talk, whose changes are sent to a receiver. */
import { randomBytes } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { vi } from 'vitest';
import { addConference, type ConferenceRow, updateConference } from '../../src/conferences/conferences.ts';
import type { Database } from '../../src/db/client.ts';
import { notifications, scheduleSlots, talks } from '../../src/db/schema/index.ts';
import { withTransaction } from '../../src/history/record.ts';
import { type Received, type Receiver, startReceiver } from './receiver.ts';

export const secret = `whsec_${randomBytes(24).toString('base64')}`;
export const secretEnv = 'TEST_NOTIFY_SECRET';

export interface Stage {
  conference: ConferenceRow;
  receiver: Receiver;
  /** Gives a talk this title, as one transaction of a person or of a run. */
  retitle(title: string, options?: { runId?: string; code?: string }): Promise<void>;
  /** Waits until so many different messages were answered 2xx; all that were, in order. */
  delivered(count: number): Promise<Received[]>;
  /** What messages that were answered 2xx told, in order: new titles. */
  titles(): unknown[];
  /** What PostgreSQL has of its messages. */
  kept(): Promise<(typeof notifications.$inferSelect)[]>;
  close(): Promise<void>;
}

let made = 0;

/** Messages are on, and everything so far counts as told. */
export async function setStage(database: Database): Promise<Stage> {
  process.env[secretEnv] = secret;
  made += 1;
  const slug = `notified-${made}`;
  const receiver = await startReceiver(secret);
  const { id } = await addConference(database.orm, { slug, event: 'democon' });
  await withTransaction(database, { actor: 'test', conferenceId: id }, async (tx, history) => {
    const rows = await tx.execute<{ id: number }>(sql`
      insert into greenroom.talks (conference_id, content_hash, pretalx_code, title, state)
      values (${id}, '', 'AAA', 'Untitled', 'confirmed'), (${id}, '', 'HIDDEN', 'Untitled', 'accepted') returning id`);
    const slots = await tx.execute<{ id: number }>(sql`
      insert into greenroom.schedule_slots (conference_id, content_hash, slot_key, talk_id, submission_code, title, start_at, end_at, slot_type, is_visible)
      values (${id}, '', 'AAA', ${rows[0]?.id}, 'AAA', 'Untitled', '2026-07-15 10:00Z', '2026-07-15 10:30Z', 'talk', true) returning id`);
    history.inserted(talks, keysOf(rows));
    history.inserted(scheduleSlots, keysOf(slots));
  });
  const conference = await updateConference(database.orm, slug, {
    notifyUrl: receiver.url,
    notifySecretEnv: secretEnv,
  });
  const good = () => receiver.received.filter(({ answered }) => Number(answered) < 300);
  return {
    conference,
    receiver,
    retitle: (title, { runId, code = 'AAA' } = {}) =>
      withTransaction(
        database,
        { actor: 'ada@example.org', runId: runId ?? null, conferenceId: id },
        async (tx, history) => {
          const rows = await tx.execute<{ id: number }>(sql`
            update greenroom.talks set title = ${title}
             where conference_id = ${id} and pretalx_code = ${code} returning id`);
          history.updated(talks, keysOf(rows));
        },
      ),
    delivered: (count) =>
      vi.waitFor(
        () => {
          const ids = new Set(good().map((message) => message.id));
          if (ids.size < count) throw new Error(`${ids.size} messages of ${count} were delivered.`);
          return good();
        },
        { timeout: 28_000, interval: 40 },
      ),
    titles: () => good().flatMap(({ body }) => body.changes.map((change) => change.to)),
    kept: () =>
      database.orm
        .select()
        .from(notifications)
        .where(eq(notifications.conferenceId, id))
        .orderBy(notifications.id),
    close: () => receiver.close(),
  };
}

const keysOf = (rows: Iterable<{ id: number }>) => [...rows].map((row) => [row.id]);
