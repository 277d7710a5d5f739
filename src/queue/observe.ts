import { countRows, runsFinishedTotal, stepDuration, upstreamRequestsTotal } from '../metrics.ts';
import type { RunResult, StepName } from '../sync/index.ts';

/** What a worker tells about its work; all of it optional. */
export interface Observer {
  onStep?(step: StepName, ms: number, outcome: 'done' | 'failed'): void;
  /** `ms` since the run started first. */
  onRunEnd?(state: 'succeeded' | 'failed' | 'held', ms: number): void;
  onRowChanges?(changes: RunResult['changes']): void;
  onResponse?(response: { status: number; ms: number }): void;
}

/** Counts for Prometheus. */
export const metricsObserver: Observer = {
  onStep: (step, ms, outcome) => stepDuration.observe({ step, outcome }, ms / 1000),
  onRunEnd: (state) => runsFinishedTotal.inc({ state }),
  onRowChanges: (changes) =>
    countRows(Object.fromEntries(Object.entries(changes).map(([entity, counts]) => [entity, { ...counts }]))),
  onResponse: ({ status }) => upstreamRequestsTotal.inc({ status: status === 0 ? 'error' : String(status) }),
};
