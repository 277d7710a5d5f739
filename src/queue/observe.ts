import type { RunResult, StepName } from '../sync/index.ts';

/** What a worker tells about its work; all of it optional. */
export interface Observer {
  onStep?(step: StepName, ms: number, outcome: 'done' | 'failed'): void;
  onRunEnd?(state: 'succeeded' | 'failed' | 'held'): void;
  onRowChanges?(changes: RunResult['changes']): void;
  onResponse?(response: { status: number; ms: number }): void;
}
