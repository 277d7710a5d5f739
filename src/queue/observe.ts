import type { RunResult, StepName } from '../sync/index.ts';

/** What a worker tells about its work; all of it optional. */
export interface Observer {
  onStep?(step: StepName, ms: number, outcome: 'done' | 'failed'): void;
  /** `ms` since the run started first. */
  onRunEnd?(state: 'succeeded' | 'failed' | 'held', ms: number): void;
  onRowChanges?(changes: RunResult['changes']): void;
  onResponse?(response: { status: number; ms: number }): void;
}
