/** Performs one step of a run, and follows a release that comes while the run is reading. */
import { findDrift } from '../decisions/drift.ts';
import { RemovalGuardError } from '../errors.ts';
import type { StepContext } from './context.ts';
import { followEvent } from './event.ts';
import { runJournal, type StepOutcomes } from './journal.ts';
import { readingFor } from './reading.ts';
import { countChanges, type RunResult, runResult } from './result.ts';
import { roomsStep } from './rooms.ts';
import { releaseOf } from './schedule/release.ts';
import { ReleaseMovedError, scheduleStep } from './schedule/schedule-step.ts';
import { speakersStep } from './speakers.ts';
import { type StepName, type StepOutcome, stepsOf } from './steps.ts';
import { talksStep } from './talks.ts';

/** How often a run follows a release that comes while it is reading. */
const MOST_RELEASES_FOLLOWED = 3;

/**
 * Does one step of a run: reads its entity whole, and writes what differs in one transaction. A step that was done
 * before, by whichever worker, isn't done again.
 *
 * @returns the run's result, from the last step
 * @throws RemovalGuardError when too much would go: nothing of the step was written
 * @throws ObsoleteJobError when this job no longer speaks for the run
 * @throws GreenroomError for all that upstream or the database can do; `.isTransient` says whether to try again
 */
export async function performStep(step: StepName, given: StepContext): Promise<{ result?: RunResult }> {
  const journal = given.journal ?? runJournal(given.run, given.conference.id);
  const known = await journal.read(given.database.orm);
  if (known.has(step)) return step === 'schedule' ? { result: await resultOf(given, known) } : {};
  given.progress({ phase: 'fetching' });
  const context = await prepare(given, known);
  try {
    const outcomes =
      step === 'schedule'
        ? await lastStep(context, known)
        : new Map([[step, await entityStep(step, context, known)]]);
    context.progress({ phase: 'done', count: outcomes.get(step)?.count ?? 0 });
    return step === 'schedule' ? { result: await resultOf(context, outcomes) } : {};
  } catch (error) {
    if (error instanceof RemovalGuardError) error.alsoRemoving = guardedKeys(gone(known));
    throw error;
  }
}

/** Before the first write of what an event has: is all that the run needs readable? And what does it say of itself? */
async function prepare(context: StepContext, done: StepOutcomes): Promise<StepContext> {
  const { entities } = context.run;
  context.reading.prefetch(entities.filter((entity) => entity === 'defaults' || !done.has(entity)));
  const isFirst = done.size === 0 || !areOf(done, context.reading.address);
  if (isFirst) await context.reading.verifyAccess(entities);
  if (entities.includes('schedule')) await releaseOf(context);
  const conference = await followEvent(
    context.database.orm,
    context.conference,
    await context.reading.event(),
  );
  return { ...context, conference };
}

const entitySteps = ['rooms', 'speakers', 'talks'] as const;
type EntityStep = (typeof entitySteps)[number];

function entityStep(step: EntityStep, context: StepContext, earlier: StepOutcomes): Promise<StepOutcome> {
  if (step === 'rooms') return roomsStep(context);
  if (step === 'speakers') return speakersStep(context);
  return talksStep(context, new Set(gone(earlier).speakers?.map((speaker) => speaker.key)));
}

/**
 * When another release came meanwhile, talks are read and written again, of that release, before its slots are. What an
 * earlier attempt or another worker found gone is read again too: it may be back. When the conference was given another
 * event meanwhile, all is read again.
 */
async function lastStep(context: StepContext, earlier: StepOutcomes): Promise<StepOutcomes> {
  let current = context;
  let outcomes = earlier;
  const isOfAnotherRelease = async () => {
    const read = outcomes.get('talks');
    return read !== undefined && read.releaseId !== ((await current.reading.release())?.id ?? null);
  };
  try {
    for (let followed = 0; ; followed += 1) {
      try {
        outcomes = await readAgain(current, outcomes, allIfOfAnotherEvent(outcomes, current.reading.address));
        if (current.run.entities.includes('schedule') && (await isOfAnotherRelease()))
          throw new ReleaseMovedError();
        outcomes = await readAgain(current, outcomes, withRemovalsOfOthers(outcomes, current.reading.id));
        return new Map(outcomes).set('schedule', await scheduleStep(current, gone(outcomes)));
      } catch (error) {
        if (!(error instanceof ReleaseMovedError) || followed === MOST_RELEASES_FOLLOWED) throw error;
        if (current.reading !== context.reading) current.reading.close();
        current = {
          ...context,
          reading: readingFor(
            context.conference,
            context.config,
            context.log,
            context.signal,
            context.onResponse,
          ),
        };
        if (current.run.entities.includes('talks')) {
          outcomes = await readAgain(current, outcomes, ['talks']);
        }
      }
    }
  } finally {
    if (current.reading !== context.reading) current.reading.close();
  }
}

/** All steps that are done, when one of them was done for another event: later ones build on earlier ones. */
function allIfOfAnotherEvent(outcomes: StepOutcomes, address: string): EntityStep[] {
  return areOf(outcomes, address) ? [] : entitySteps.filter((step) => outcomes.has(step));
}

/** Whether what was read is all of this event. */
function areOf(outcomes: StepOutcomes, address: string): boolean {
  return [...outcomes.values()].every(({ readFrom }) => readFrom === address);
}

/** The steps that found something gone in another reading than this one. */
function withRemovalsOfOthers(outcomes: StepOutcomes, readingId: string): EntityStep[] {
  return entitySteps.filter((step) => {
    const outcome = outcomes.get(step);
    if (outcome === undefined || outcome.readingId === readingId) return false;
    return Object.values(outcome.removals).some((removals) => removals.length > 0);
  });
}

/** Does steps once more, in their order. */
async function readAgain(
  context: StepContext,
  outcomes: StepOutcomes,
  steps: readonly EntityStep[],
): Promise<StepOutcomes> {
  const result = new Map(outcomes);
  for (const step of steps) result.set(step, await entityStep(step, { ...context, again: true }, result));
  return result;
}

function guardedKeys({ rooms, speakers, talks }: StepOutcome['removals']): Record<string, string[]> {
  const read = Object.entries({ rooms, speakers, talks }).filter(([, removals]) => removals !== undefined);
  return Object.fromEntries(read.map(([entity, removals = []]) => [entity, removals.map(({ key }) => key)]));
}

function gone(outcomes: StepOutcomes): StepOutcome['removals'] {
  return Object.assign({}, ...[...outcomes.values()].map((outcome) => outcome.removals));
}

async function resultOf(context: StepContext, outcomes: StepOutcomes): Promise<RunResult> {
  const { orm } = context.database;
  const ofRun = stepsOf(context.run.entities).flatMap((step) => outcomes.get(step) ?? []);
  const [drift, counts] = await Promise.all([
    findDrift(orm, context.conference.id),
    countChanges(orm, context.run.id, context.conference.id),
  ]);
  return runResult(counts, ofRun, drift);
}
