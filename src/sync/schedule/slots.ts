/** The released schedule's slots: compared with those of the mirror, and written where they differ. */
import { sql } from 'drizzle-orm';
import { scheduleSlots } from '../../db/schema/index.ts';
import { upsert } from '../../db/statements.ts';
import type { ReadPage } from '../../pretalx/reading.ts';
import type { WireSlot } from '../../pretalx/wire.ts';
import { assignSlotKeys } from '../../programme/slot-keys.ts';
import type { StepContext } from '../context.ts';
import { guardRemovals } from '../guard.ts';
import type { StepTransaction } from '../step-transaction.ts';
import { type HashedSlot, type ReleasedSlot, slotPages } from './slot-pages.ts';
import { loadIdentities, loadNames, loadStored, type StoredSlot } from './stored-slots.ts';

/** What has to be written so that the mirror's slots are the release's. */
export interface SlotChanges {
  count: number;
  dirty: { slotKey: string; content: HashedSlot }[];
  goneIds: number[];
  unscheduled: number;
  skipped: number;
  warnings: string[];
}

/**
 * Compares the release's slots with the mirror's. A slot with the same content hash as a mirrored one is that slot;
 * only the others are matched by who they are.
 *
 * @param talksGone codes of talks that this run removes: their slots point at no talk
 * @throws RemovalGuardError when too many visible slots would go or turn hidden
 */
export async function compareSlots(
  context: StepContext,
  pages: readonly ReadPage<WireSlot>[],
  talksGone: ReadonlySet<string>,
): Promise<SlotChanges> {
  const { orm } = context.database;
  const { id: conferenceId, locale } = context.conference;
  const [names, stored] = await Promise.all([
    loadNames(orm, conferenceId, talksGone),
    loadStored(orm, conferenceId),
  ]);
  const release = slotPages(pages, { locale, ...names });
  const byHash = Map.groupBy(stored, (slot) => slot.contentHash);
  const staying = new Set<StoredSlot>();
  const others: ReleasedSlot[] = [];
  for (const { hashes, slot } of release.pages) {
    for (const [index, hash] of hashes.entries()) {
      const same = byHash.get(hash)?.pop();
      if (same) staying.add(same);
      else others.push(slot(index));
    }
  }
  const leftOver = stored.filter((slot) => !staying.has(slot));
  const identities = await loadIdentities(orm, conferenceId, leftOver);
  const keyed = assignSlotKeys(
    identities,
    others,
    [...staying].map((slot) => slot.slotKey),
  );
  const visible = new Set(keyed.filter((slot) => slot.isVisible).map((slot) => slot.slotKey));
  guardRemovals(
    context,
    'slots',
    stored.filter((slot) => slot.isVisible).length,
    leftOver.filter((slot) => slot.isVisible && !visible.has(slot.slotKey)).map((slot) => slot.slotKey),
  );
  const keys = new Set(keyed.map((slot) => slot.slotKey));
  return {
    count: release.count,
    dirty: keyed,
    goneIds: leftOver.filter((slot) => !keys.has(slot.slotKey)).map((slot) => slot.id),
    unscheduled: release.unscheduled,
    skipped: release.skipped,
    warnings: release.warnings,
  };
}

/** Deletes the slots that are gone and upserts those that differ, by set statements. */
export async function writeSlots(
  context: StepContext,
  transaction: StepTransaction,
  { dirty, goneIds }: SlotChanges,
): Promise<void> {
  if (dirty.length === 0 && goneIds.length === 0) return;
  const { tx, history } = await transaction.open();
  if (goneIds.length > 0) {
    await tx.execute(
      sql`delete from greenroom.schedule_slots where id = any(${sql.param(goneIds)}::bigint[])`,
    );
    history.deleted(
      scheduleSlots,
      goneIds.map((id) => [id]),
    );
  }
  context.progress({ phase: 'writing', current: 0, total: dirty.length });
  const written = await upsert(
    tx,
    scheduleSlots,
    dirty,
    ({ slotKey, content }) => ({ slotKey, ...content }),
    [scheduleSlots.conferenceId, scheduleSlots.slotKey],
    {
      conferenceId: sql`${context.conference.id}`,
      changedAt: sql`now()`,
    },
  );
  context.progress({ phase: 'writing', current: dirty.length, total: dirty.length });
  history.upserted(scheduleSlots, written);
}
