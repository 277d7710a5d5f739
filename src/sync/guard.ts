/** The removal guard: a step that would remove too much at once writes nothing and holds the run. */
import { RemovalGuardError } from '../errors.ts';
import { waysOn } from '../runs/runs.ts';
import type { StepContext } from './context.ts';

export type GuardedEntity = 'rooms' | 'speakers' | 'talks' | 'slots';

/** What the guard looks at; a restore is guarded too, and has no run. */
interface GuardContext extends Pick<StepContext, 'config' | 'held'> {
  run: Pick<StepContext['run'], 'id' | 'allowRemovalsOf' | 'approved'>;
}

/**
 * Lets a step's removals pass, or doesn't. Of an entity that was shown, an approved run may remove what was shown and
 * nothing else; a run with `allowRemovalsOf` the entity anything; every other one less than the fraction that the
 * settings name.
 *
 * @param existing rows that the mirror has now
 * @param going keys of those that would go
 * @throws RemovalGuardError
 */
export function guardRemovals(
  context: GuardContext,
  entity: GuardedEntity,
  existing: number,
  going: readonly string[],
): void {
  const { guard } = context.config;
  const { run } = context;
  const askedAs = entity === 'slots' ? 'schedule' : entity;
  if (!guard.enabled || run.allowRemovalsOf.includes(askedAs) || going.length === 0) return;
  const reason = reasonToHold(context, entity, existing, going);
  if (reason === undefined) return;
  const noun = entity === 'slots' ? 'visible slots' : entity;
  const what = `${going.length} of ${existing} ${noun} (${percent(going.length / existing)}) would be removed, and ${reason}.`;
  if (!context.held) {
    const message = `${what} Nothing of this step was written. ${waysOn(run.id)}`;
    throw new RemovalGuardError(message, entity, existing, going);
  }
  context.held(new RemovalGuardError(what, entity, existing, going));
}

function reasonToHold(
  { config: { guard }, run }: GuardContext,
  entity: GuardedEntity,
  existing: number,
  going: readonly string[],
): string | undefined {
  const shown = run.approved?.[entity];
  if (shown) {
    const allowed = new Set(shown);
    const others = going.filter((key) => !allowed.has(key));
    if (others.length === 0) return undefined;
    if (shown.length === 0) return 'they were not among what was approved';
    return `${others.length} of them were not among the ${shown.length} that were approved`;
  }
  if (existing < guard.minExisting || going.length < guard.maxFraction * existing) return undefined;
  return `the guard holds at ${percent(guard.maxFraction)}`;
}

function percent(fraction: number): string {
  return `${Math.round(fraction * 1000) / 10} %`;
}
