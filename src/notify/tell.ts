/** Makes messages of what changed: one for each run, and for each other transaction, with public changes in it. */
import { and, eq, sql } from 'drizzle-orm';
import type { Database, Tx } from '../db/client.ts';
import { conferences, notifications } from '../db/schema/index.ts';
import type { Group } from '../history/changes/groups.ts';
import { type Change, groupedChangesOf } from '../history/changes/index.ts';
import { type Range, rangeToTell } from './range.ts';
import { writersEnded } from './settled.ts';

/** The first key of the advisory lock that one conference's messages are made under. */
const tellLock = 0x6e6f_7469;

/** What is sent, as JSON. */
interface Message {
  type: 'programme.changed';
  /** The conference's slug. */
  conference: string;
  /** The run that changed it; null for what people did. */
  run: string | null;
  /** When, ISO 8601 in UTC. */
  at: string;
  changes: Change[];
}

/**
 * Writes messages about what a conference's history has more than was told, and notes that it is told, in one
 * transaction. Does nothing while somebody else does it.
 *
 * @returns how many messages were written
 */
export function tellChanges(database: Database, conferenceId: number): Promise<number> {
  return database.orm.transaction(async (tx) => {
    const [lock] = await tx.execute<{ mine: boolean }>(
      sql`select pg_try_advisory_xact_lock(${tellLock}, ${conferenceId}::int) as mine`,
    );
    if (!lock?.mine) return 0;
    const range = await rangeToTell(tx, conferenceId);
    if (!range || !(await writersEnded(tx))) return 0;
    if (!(await moveOn(tx, conferenceId, range))) return 0;
    const messages = await messagesAbout(tx, conferenceId, range);
    if (messages.length > 0) await tx.insert(notifications).values(messages);
    return messages.length;
  });
}

/** Notes what is told; false when messages were switched off, or on anew, meanwhile. */
async function moveOn(tx: Tx, conferenceId: number, { after, upTo }: Range): Promise<boolean> {
  const moved = await tx
    .update(conferences)
    .set({ notifiedTransactionId: upTo })
    .where(
      and(
        eq(conferences.id, conferenceId),
        eq(conferences.notifiedTransactionId, after),
        sql`notify_url is not null`,
      ),
    )
    .returning({ id: conferences.id });
  return moved.length > 0;
}

async function messagesAbout(tx: Tx, conferenceId: number, { slug, after, upTo }: Range) {
  const grouped = await groupedChangesOf(
    tx,
    { id: conferenceId },
    { publicOnly: true, afterTransaction: after, upToTransaction: upTo },
  );
  return grouped
    .filter(({ changes }) => changes.length > 0)
    .map(({ group, changes }) => ({
      conferenceId,
      webhookId: `${slug}-${group.last}`,
      body: JSON.stringify(messageOf(slug, group, changes)),
    }));
}

function messageOf(conference: string, group: Group, changes: Change[]): Message {
  return { type: 'programme.changed', conference, run: group.run, at: group.at.toISOString(), changes };
}
