/** Turns what is known of a run into server-sent events that can be resumed on any web server. */
import { stepNames } from '../../sync/steps.ts';
import type { WatchedRun } from './run-watcher.ts';

const phases = ['fetching', 'writing', 'done'] as const;

/**
 * `id` says how far the run is: attempt, step, phase, and rows written. Steps come one after the other, so ids of
 * one attempt have an order, and a client that names the last one it saw gets what came after it.
 */
export interface ProgressEvent {
  id: string;
  data: { step: string; attempt: number; phase: string; current?: number; total?: number; count?: number };
}

/** The events of a snapshot that come after the one a client saw last. */
export function progressEvents(snapshot: WatchedRun, lastId: string | undefined): ProgressEvent[] {
  const last = placeOf(lastId);
  const known = (snapshot.progress ?? {}) as Record<string, StepProgress | undefined>;
  return stepNames.flatMap((step, index) => {
    const progress = known[step];
    if (progress === undefined) return [];
    const place = [snapshot.attempts, index, phases.indexOf(progress.phase), progress.current ?? 0];
    if (last !== undefined && last[0] === place[0] && !isAfter(place, last)) return [];
    return [{ id: place.join('.'), data: { step, attempt: snapshot.attempts, ...progress } }];
  });
}

/** What `sync_runs.progress` holds of a step. */
export interface StepProgress {
  phase: (typeof phases)[number];
  current?: number;
  total?: number;
  count?: number;
}

/** Anything that isn't an id of ours counts as none. */
function placeOf(id: string | undefined): number[] | undefined {
  return id !== undefined && /^\d{1,9}(?:\.-?\d{1,9}){3}$/.test(id) ? id.split('.').map(Number) : undefined;
}

function isAfter(place: readonly number[], last: readonly number[]): boolean {
  for (const [index, value] of place.entries()) {
    const other = last[index] ?? 0;
    if (value !== other) return value > other;
  }
  return false;
}
