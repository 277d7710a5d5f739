/**
 * The last step of every run: the released schedule, where talks are held, activities, and all removals, in one
 * transaction, so that nothing ever points at what is gone.
 */
import { and, eq, isNull } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { conferences, talks } from '../../db/schema/index.ts';
import { IncompleteListingError, type RemovalGuardError } from '../../errors.ts';
import type { Recorder } from '../../history/record.ts';
import type { ReadPage, Release } from '../../pretalx/reading.ts';
import type { WireSlot } from '../../pretalx/wire.ts';
import type { ConferenceRow, StepContext } from '../context.ts';
import { inStepTransaction, type StepTransaction } from '../step-transaction.ts';
import type { StepOutcome } from '../steps.ts';
import { refreshActivities } from './activities.ts';
import { forgetDefaultRooms, roomsStillNamed } from './gone-rooms.ts';
import { placeTalks } from './placement.ts';
import { releaseOf } from './release.ts';
import { removeTalks, removeTheRest } from './removals.ts';
import { readSlotPages } from './slot-pages.ts';
import { compareSlots, writeSlots } from './slots.ts';
import { typeDefaults } from './type-defaults.ts';

/** Another release came while the run was reading: what was read before belongs to the one before it. */
export class ReleaseMovedError extends IncompleteListingError {
  constructor() {
    super(
      'pretalx made a new release each time the programme was read. Sync when its schedule is left alone for a while.',
    );
  }
}

/**
 * @param removals what the run's earlier steps found gone
 * @throws ReleaseMovedError when the release isn't the one that was read; nothing is written then
 */
export async function scheduleStep(
  context: StepContext,
  removals: StepOutcome['removals'],
): Promise<StepOutcome> {
  if (!context.run.entities.includes('schedule')) {
    return inStepTransaction(context, 'schedule', (transaction) => write(context, transaction, removals));
  }
  const release = await releaseOf(context);
  const pages = await readSlotPages(context.reading, release);
  return inStepTransaction(context, 'schedule', (transaction) =>
    whileLatest(context, release, (trial) => write(trial, transaction, removals, { release, pages })),
  );
}

interface ReleaseRead {
  release: Release | null;
  pages: readonly ReadPage<WireSlot>[];
}

/**
 * Asks once more whether the release is the latest while `work` goes on, whose transaction is not committed before the
 * answer.
 */
async function whileLatest<R>(
  context: StepContext,
  release: Release | null,
  work: (trial: StepContext) => Promise<R>,
): Promise<R> {
  const held: RemovalGuardError[] = [];
  const trial = context.held ? { ...context, held: (error: RemovalGuardError) => held.push(error) } : context;
  const [latest, done] = await Promise.allSettled([context.reading.currentRelease(), work(trial)]);
  if (latest.status === 'rejected') throw latest.reason;
  if (latest.value?.id !== release?.id) throw new ReleaseMovedError();
  if (done.status === 'rejected') throw done.reason;
  for (const error of held) context.held?.(error);
  return done.value;
}

async function write(
  context: StepContext,
  transaction: StepTransaction,
  removals: StepOutcome['removals'],
  read?: ReleaseRead,
): Promise<StepOutcome> {
  const { id: conferenceId } = context.conference;
  const talksGone = new Set(removals.talks?.map((talk) => talk.key));
  const slots = read && (await compareSlots(context, read.pages, talksGone));
  const { tx, history } = await transaction.open();
  if (slots) await writeSlots(context, transaction, slots);
  const warnings = [...(slots?.warnings ?? [])];
  if (read) warnings.push(...(await forgetDefaultRooms(tx, history, conferenceId, removals.rooms)));
  await removeTalks(tx, history, conferenceId, removals.talks);
  const placed = await place(context, tx, history);
  warnings.push(...placed.warnings);
  await refreshActivities(tx, history, context.conference);
  await removeTheRest(tx, history, conferenceId, removals);
  if (read) {
    warnings.push(...(await roomsStillNamed(tx, conferenceId, removals.rooms)));
    await noteRelease(tx, context.conference, read.release);
  }
  return {
    count: slots?.count ?? placed.byDefault,
    removals: {},
    warnings,
    counters: {
      // Before the first release no talk is placed yet.
      unscheduled_talks: read?.release === null ? await talksOf(tx, conferenceId) : (slots?.unscheduled ?? 0),
      skipped_slots: slots?.skipped ?? 0,
      type_defaults_applied: placed.byDefault,
    },
  };
}

async function noteRelease(tx: Tx, conference: ConferenceRow, release: Release | null): Promise<void> {
  const shown = { releasedVersion: release?.version ?? null, releasedScheduleId: release?.id ?? null };
  if (
    conference.releasedScheduleId === shown.releasedScheduleId &&
    conference.releasedVersion === shown.releasedVersion
  )
    return;
  await tx.update(conferences).set(shown).where(eq(conferences.id, conference.id));
}

async function talksOf(tx: Tx, conferenceId: number): Promise<number> {
  return tx.$count(talks, and(eq(talks.conferenceId, conferenceId), isNull(talks.removedAt)));
}

async function place(
  context: StepContext,
  tx: Tx,
  history: Recorder,
): Promise<{ byDefault: number; warnings: string[] }> {
  const { entities } = context.run;
  if (!entities.includes('schedule') && !entities.includes('defaults')) return { byDefault: 0, warnings: [] };
  const { defaults, warnings } = entities.includes('defaults')
    ? await typeDefaults(tx, context.conference)
    : { defaults: undefined, warnings: [] };
  return { byDefault: await placeTalks(tx, history, context.conference.id, defaults), warnings };
}
