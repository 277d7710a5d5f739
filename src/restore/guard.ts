/** The removal guard of a sync, asked about a restore. */
import type { Config } from '../config.ts';
import type { RemovalGuardError } from '../errors.ts';
import type { ConferenceRow } from '../sync/context.ts';
import { guardRemovals } from '../sync/guard.ts';
import type { Differences } from './put-back.ts';

const guarded = { rooms: 'rooms', speakers: 'speakers', talks: 'talks', schedule_slots: 'slots' } as const;

/** What the removal guard holds of a restore: an error for each entity that would lose too much. */
export function heldBack(config: Config, differences: ReadonlyMap<string, Differences>): RemovalGuardError[] {
  const errors: RemovalGuardError[] = [];
  const run = { id: 'restore', allowRemovalsOf: [], approved: null };
  const context = { config, run, held: (error: RemovalGuardError) => void errors.push(error) };
  for (const [name, entity] of Object.entries(guarded)) {
    const { existing, removed } = differences.get(name) as Differences;
    guardRemovals(context, entity, existing, removed);
  }
  return errors;
}

/** How many of what would go, as a sentence. */
export function heldWords(
  { entity, existing, removing }: RemovalGuardError,
  { slug }: ConferenceRow,
  asOf: Date,
): string {
  return `${removing.length} of ${existing} ${entity} would be removed by restoring "${slug}" as of ${asOf.toISOString()}, more than the removal guard lets pass.`;
}
