import { index, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { conferences } from './conferences.ts';
import { bigId, databaseTransaction, greenroom, instant } from './greenroom.ts';

/** Who changed the mirror, when and why. One row a database transaction that changed something; none otherwise. */
export const transactions = greenroom.table(
  'transactions',
  {
    id: bigId('id').primaryKey().generatedAlwaysAsIdentity(),
    issuedAt: instant('issued_at').notNull(),
    actor: text('actor'),
    remoteAddr: text('remote_addr'),
    comment: text('comment'),
    runId: uuid('run_id'),
    conferenceId: bigId('conference_id').references(() => conferences.id, { onDelete: 'cascade' }),
    /** The database transaction of which a history trigger made it; no other one may use it. Null for the rest. */
    madeIn: databaseTransaction('made_in'),
  },
  (t) => [
    index('transactions_issued').on(t.issuedAt),
    index('transactions_conference').on(t.conferenceId, t.issuedAt),
    index('transactions_conference_id').on(t.conferenceId, t.id),
    index('transactions_run').on(t.runId),
  ],
);

/** Which release a mirror showed since when: a past export names its own. Written by a trigger on `conferences`. */
export const releases = greenroom.table(
  'releases',
  {
    conferenceId: bigId('conference_id')
      .notNull()
      .references(() => conferences.id, { onDelete: 'cascade' }),
    since: instant('since').notNull(),
    version: text('version'),
  },
  (t) => [primaryKey({ columns: [t.conferenceId, t.since] })],
);
