import { countRows, runsFinishedTotal, stepDuration, upstreamRequestsTotal } from '../metrics.ts';
import type { Observer } from './observe.ts';

/** Counts for Prometheus. */
export const metricsObserver: Observer = {
  onStep: (step, ms, outcome) => stepDuration.observe({ step, outcome }, ms / 1000),
  onRunEnd: (state) => runsFinishedTotal.inc({ state }),
  onRowChanges: (changes) =>
    countRows(Object.fromEntries(Object.entries(changes).map(([entity, counts]) => [entity, { ...counts }]))),
  onResponse: ({ status }) => upstreamRequestsTotal.inc({ status: status === 0 ? 'error' : String(status) }),
};
