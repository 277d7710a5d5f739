import { countRows, runsFinishedTotal, stepDuration, upstreamRequestsTotal } from '../metrics.ts';
import { countedEntities } from '../sync/result.ts';
import { stepNames } from '../sync/steps.ts';
import type { Observer } from './observe.ts';

// Only where runs are worked off. What has not happened yet is 0: Prometheus sees no increase from nothing to 1.
for (const state of ['succeeded', 'failed', 'held'] as const) runsFinishedTotal.inc({ state }, 0);
for (const step of stepNames) {
  for (const outcome of ['done', 'failed'] as const) stepDuration.zero({ step, outcome });
}
const none = { added: 0, changed: 0, removed: 0, unchanged: 0 };
countRows(Object.fromEntries(countedEntities.map((entity) => [entity, none])));

/** Counts for Prometheus. */
export const metricsObserver: Observer = {
  onStep: (step, ms, outcome) => stepDuration.observe({ step, outcome }, ms / 1000),
  onRunEnd: (state) => runsFinishedTotal.inc({ state }),
  onRowChanges: countRows,
  onResponse: ({ status }) => upstreamRequestsTotal.inc({ status: status === 0 ? 'error' : String(status) }),
};
