/**
 * The last step of every run: the released schedule, where talks are held, activities, and all removals, in one
 * transaction, so that nothing ever points at what is gone.
 */
import { and, eq, isNull } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import type { Entity } from '../../db/schema/index.ts';
import { conferences, talks } from '../../db/schema/index.ts';
import { ReleaseDisappearedError } from '../../errors.ts';
import type { ReadPage, Release } from '../../pretalx/reading.ts';
import type { WireSlot } from '../../pretalx/wire.ts';
import type { StepContext } from '../context.ts';
import { inStepTransaction, type StepTransaction } from '../step-transaction.ts';
import type { StepOutcome } from '../steps.ts';
import { refreshActivities } from './activities.ts';
import { placeTalks } from './placement.ts';
import { forgetDefaultRooms, removeTalks, removeTheRest } from './removals.ts';
import { compareSlots, type SlotChanges, writeSlots } from './slots.ts';
import { typeDefaults } from './type-defaults.ts';

/** Another release came while the run was reading: what was read before belongs to the one before it. */
export class ReleaseMovedError extends Error {}

/**
 * @param removals what the run's earlier steps found gone
 * @throws ReleaseMovedError before anything is written, when the release isn't the one that was read
 */
export async function scheduleStep(
  context: StepContext,
  removals: StepOutcome['removals'],
): Promise<StepOutcome> {
  const wants = (entity: Entity) => context.run.entities.includes(entity);
  const release = wants('schedule') ? await releaseOf(context) : null;
  return inStepTransaction(context, 'schedule', async (transaction) => {
    const slots = wants('schedule') ? await readSlots(context, release, removals) : undefined;
    const { tx, history } = await transaction.open();
    const { id: conferenceId } = context.conference;
    if (slots) await writeSlots(context, transaction, slots);
    const warnings = [...(slots?.warnings ?? [])];
    if (wants('rooms') && wants('schedule')) {
      warnings.push(...(await forgetDefaultRooms(tx, history, conferenceId, removals.rooms)));
    }
    await removeTalks(tx, history, conferenceId, removals.talks);
    const placedByDefault = await place(context, transaction, warnings);
    await refreshActivities(tx, history, context.conference);
    await removeTheRest(tx, history, conferenceId, removals);
    if (wants('schedule') && context.conference.releasedScheduleId !== (release?.id ?? null)) {
      await tx
        .update(conferences)
        .set({ releasedVersion: release?.version ?? null, releasedScheduleId: release?.id ?? null })
        .where(eq(conferences.id, conferenceId));
    }
    return {
      count: slots?.count ?? 0,
      removals: {},
      warnings,
      releaseId: release?.id ?? null,
      counters: {
        unscheduled_talks: slots ? await unscheduled(tx, conferenceId, release, slots) : 0,
        skipped_slots: slots?.skipped ?? 0,
        type_defaults_applied: placedByDefault,
      },
    };
  });
}

/** Before the first release no talk is placed yet. */
async function unscheduled(
  tx: Tx,
  conferenceId: number,
  release: Release | null,
  slots: SlotChanges,
): Promise<number> {
  if (release) return slots.unscheduled;
  return tx.$count(talks, and(eq(talks.conferenceId, conferenceId), isNull(talks.removedAt)));
}

async function releaseOf({ reading, conference }: StepContext): Promise<Release | null> {
  const release = await reading.release();
  if (release === null && conference.releasedScheduleId !== null) {
    throw new ReleaseDisappearedError(
      `Release ${conference.releasedVersion ?? ''} of "${conference.pretalxEventSlug}", which the mirror shows, is gone upstream: ` +
        'pretalx says that there is no release. Nothing was written. If the event really was reset, remove the conference and add it anew.',
    );
  }
  return release;
}

async function readSlots(
  context: StepContext,
  release: Release | null,
  removals: StepOutcome['removals'],
): Promise<SlotChanges> {
  const { reading } = context;
  const pages = release ? await reading.slots(release).read(Array.fromAsync<ReadPage<WireSlot>>) : [];
  const now = await reading.currentRelease();
  if (now?.id !== release?.id) throw new ReleaseMovedError();
  return compareSlots(context, pages, new Set(removals.talks?.map((talk) => talk.key)));
}

async function place(
  context: StepContext,
  transaction: StepTransaction,
  warnings: string[],
): Promise<number> {
  const { entities } = context.run;
  if (!entities.includes('schedule') && !entities.includes('defaults')) return 0;
  const { tx, history } = await transaction.open();
  const defaults = entities.includes('defaults')
    ? await typeDefaults(tx, context.conference, warnings)
    : undefined;
  return placeTalks(tx, history, context.conference.id, defaults);
}
