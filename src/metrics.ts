/** What a process counts about its own work, for Prometheus. What PostgreSQL knows is read when it is asked for. */
import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** All of this process's metrics; `/metrics` shows them. */
export const registry = new Registry();

collectDefaultMetrics({ register: registry, prefix: 'greenroom_' });

/** How long a step of a run took, in seconds, by `step` and `outcome` (`done`, `failed`). */
export const stepDuration = new Histogram({
  name: 'greenroom_step_duration_seconds',
  help: 'How long a step of a sync run took.',
  labelNames: ['step', 'outcome'] as const,
  buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
  registers: [registry],
});

/** Rows of the mirror that runs added, changed, removed or left unchanged, by `entity` and `change`. */
const rowsTotal = new Counter({
  name: 'greenroom_rows_total',
  help: 'Rows that runs added, changed, removed or left unchanged.',
  labelNames: ['entity', 'change'] as const,
  registers: [registry],
});

/** Answers of pretalx, by `status` (`error` when there was none). */
export const upstreamRequestsTotal = new Counter({
  name: 'greenroom_upstream_requests_total',
  help: 'Requests to pretalx, by the status of the answer.',
  labelNames: ['status'] as const,
  registers: [registry],
});

/** Runs that ended in this process or were held, by `state`. */
export const runsFinishedTotal = new Counter({
  name: 'greenroom_runs_finished_total',
  help: 'Runs that ended in this process or were held, by the state they are in since.',
  labelNames: ['state'] as const,
  registers: [registry],
});

/** Webhook deliveries, by `outcome`. */
export const webhookDeliveriesTotal = new Counter({
  name: 'greenroom_webhook_deliveries_total',
  help: 'Webhook deliveries, by what became of them.',
  labelNames: ['outcome'] as const,
  registers: [registry],
});

// What the web server counts. What has not happened yet is 0: Prometheus sees no increase from nothing to 1.
for (const outcome of ['accepted', 'replayed', 'refused', 'malformed', 'failed'] as const) {
  webhookDeliveriesTotal.inc({ outcome }, 0);
}
runsFinishedTotal.inc({ state: 'rejected' }, 0);

interface Counts {
  added: number;
  changed: number;
  removed: number;
  unchanged: number;
}

/**
 * Counts the changes of a run that succeeded.
 *
 * @param changes rows by entity, as in a run's result
 */
export function countRows(changes: Readonly<Record<string, Readonly<Counts>>>): void {
  for (const [entity, { added, changed, removed, unchanged }] of Object.entries(changes)) {
    rowsTotal.inc({ entity, change: 'added' }, added);
    rowsTotal.inc({ entity, change: 'changed' }, changed);
    rowsTotal.inc({ entity, change: 'removed' }, removed);
    rowsTotal.inc({ entity, change: 'unchanged' }, unchanged);
  }
}
