import { sql } from 'drizzle-orm';
import { check, index, integer, jsonb, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { conferences } from './conferences.ts';
import { bigId, greenroom, instant } from './greenroom.ts';

export const runStates = [
  'queued',
  'running',
  'held',
  'succeeded',
  'failed',
  'rejected',
  'superseded',
] as const;
export type RunState = (typeof runStates)[number];
export const triggers = ['cli', 'webhook', 'api', 'schedule'] as const;
export type Trigger = (typeof triggers)[number];

/** What can be asked of a run, in the order in which it is done. */
export const entities = ['rooms', 'speakers', 'talks', 'schedule', 'defaults'] as const;
export type Entity = (typeof entities)[number];

/**
 * One row a run: what was asked for, by whom, and how it ended. PostgreSQL is the truth, the queue only executes:
 * the partial unique indexes allow one running, one held and one waiting run of a conference (besides an approved
 * one, which goes first).
 *
 * `flow` counts the flows enqueued for the run; a job of an older flow is obsolete. `heartbeat_at` is the last sign
 * of life of its worker. `workers_lost` counts how often another worker had to go on because that sign stayed out.
 * `retry_at` is when the next attempt is due. `approved` holds the removals that somebody allowed, by entity;
 * `allow_removals_of` names entities of which all may go.
 */
export const syncRuns = greenroom.table(
  'sync_runs',
  {
    id: uuid('id').primaryKey(),
    conferenceId: bigId('conference_id')
      .notNull()
      .references(() => conferences.id, { onDelete: 'cascade' }),
    state: text('state').$type<RunState>().notNull().default('queued'),
    trigger: text('trigger').$type<Trigger>().notNull(),
    actor: text('actor'),
    remoteAddr: text('remote_addr'),
    comment: text('comment'),
    entities: text('entities').array().$type<Entity[]>().notNull(),
    allowRemovalsOf: text('allow_removals_of').array().$type<Entity[]>().notNull().default([]),
    approved: jsonb('approved').$type<Record<string, string[]>>(),
    requestedAt: instant('requested_at').notNull().defaultNow(),
    startedAt: instant('started_at'),
    finishedAt: instant('finished_at'),
    attempts: integer('attempts').notNull().default(0),
    flow: integer('flow').notNull().default(0),
    workersLost: integer('workers_lost').notNull().default(0),
    heartbeatAt: instant('heartbeat_at'),
    retryAt: instant('retry_at'),
    progress: jsonb('progress'),
    result: jsonb('result'),
    error: jsonb('error'),
  },
  (t) => [
    check(
      'sync_runs_state',
      sql`${t.state} in ('queued','running','held','succeeded','failed','rejected','superseded')`,
    ),
    uniqueIndex('sync_runs_one_running').on(t.conferenceId).where(sql`state = 'running'`),
    uniqueIndex('sync_runs_one_held').on(t.conferenceId).where(sql`state = 'held'`),
    uniqueIndex('sync_runs_one_queued').on(t.conferenceId).where(sql`state = 'queued' and approved is null`),
    index('sync_runs_due').on(t.state, t.requestedAt).where(sql`state in ('queued','running')`),
    index('sync_runs_newest').on(t.conferenceId, t.requestedAt.desc().nullsFirst()),
    index('sync_runs_newest_success')
      .on(t.conferenceId, t.requestedAt.desc().nullsFirst())
      .where(sql`state = 'succeeded'`),
  ],
);

export type RunRow = typeof syncRuns.$inferSelect;

/**
 * What a run's steps left for its later ones: counts, warnings, and the removals that wait for the last step.
 * A step that is done is not done again by another worker.
 */
export const syncSteps = greenroom.table(
  'sync_steps',
  {
    runId: uuid('run_id')
      .notNull()
      .references(() => syncRuns.id, { onDelete: 'cascade' }),
    step: text('step').notNull(),
    doneAt: instant('done_at').notNull().defaultNow(),
    durationMs: integer('duration_ms').notNull(),
    outcome: jsonb('outcome').notNull(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.step] })],
);

/** The last complete reading of each entity. */
export const syncState = greenroom.table(
  'sync_state',
  {
    conferenceId: bigId('conference_id')
      .notNull()
      .references(() => conferences.id, { onDelete: 'cascade' }),
    entity: text('entity').notNull(),
    completedAt: instant('completed_at').notNull(),
    runId: uuid('run_id').notNull(),
    count: integer('count').notNull(),
    fingerprint: text('fingerprint'),
  },
  (t) => [primaryKey({ columns: [t.conferenceId, t.entity] })],
);

/** Webhook deliveries that were answered, so that a replay makes no second run, not even after a restart. */
export const webhookDeliveries = greenroom.table(
  'webhook_deliveries',
  {
    conferenceId: bigId('conference_id')
      .notNull()
      .references(() => conferences.id, { onDelete: 'cascade' }),
    deliveryKey: text('delivery_key').notNull(),
    runId: uuid('run_id').notNull(),
    receivedAt: instant('received_at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.conferenceId, t.deliveryKey] }),
    index('webhook_deliveries_received').on(t.receivedAt),
  ],
);
