import type { RunState } from '../db/schema/runs.ts';

/** Whether nothing more happens to a run by itself; a held one waits for somebody. */
export function hasEnded(state: RunState): boolean {
  return state !== 'queued' && state !== 'running';
}
