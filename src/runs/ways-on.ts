/** How to decide about a held run. It is said in the run's error, and is true only while the run is held. */
import type { RunRow } from './progress.ts';
import { digestOfRemovals, type RunError } from './run-error.ts';

export function waysOn(runId: string): string {
  return (
    `To allow just these removals: greenroom approve ${runId}. To refuse: greenroom reject (same id). ` +
    'To sync whatever is removed: greenroom sync with --allow-large-deletions.'
  );
}

/** The run's error without the ways on: once somebody or another run has decided, they are refused. */
export function errorWithoutWaysOn(run: Pick<RunRow, 'id' | 'error'>): RunError | null {
  const error = run.error as RunError | null;
  return error && { ...error, message: error.message.replace(waysOn(run.id), '').trim() };
}

/** The run's error, as far as it is true now. */
export function errorNow(run: Pick<RunRow, 'id' | 'state' | 'error'>): RunError | null {
  if (run.state !== 'held') return errorWithoutWaysOn(run);
  const error = run.error as RunError | null;
  return error && { ...error, shown: digestOfRemovals(error) };
}
