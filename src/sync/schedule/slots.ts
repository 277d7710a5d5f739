/** The released schedule's slots: compared with those of the mirror, and written where they differ. */
import { sql } from 'drizzle-orm';
import { scheduleSlots } from '../../db/schema/index.ts';
import { upsert } from '../../db/statements.ts';
import type { WireSlot } from '../../pretalx/wire.ts';
import { contentHasher } from '../../programme/content-hash.ts';
import { assignSlotKeys } from '../../programme/slot-keys.ts';
import { slotRows } from '../../programme/slots.ts';
import type { StepContext } from '../context.ts';
import { guardRemovals } from '../guard.ts';
import type { StepTransaction } from '../step-transaction.ts';
import { loadIdentities, loadNames, loadStored, type StoredSlot } from './stored-slots.ts';

type SlotContent = Omit<
  typeof scheduleSlots.$inferInsert,
  'id' | 'conferenceId' | 'slotKey' | 'startAt' | 'endAt'
> & { startAt: string; endAt: string };

/** What has to be written so that the mirror's slots are the release's. */
export interface SlotChanges {
  count: number;
  dirty: (SlotContent & { slotKey: string })[];
  /** keys of the mirror's slots that are not as they were */
  known: ReadonlySet<string>;
  goneIds: number[];
  unscheduled: number;
  skipped: number;
  warnings: string[];
}

const hashOf = contentHasher([
  'submissionCode',
  'talkId',
  'roomId',
  'title',
  'titleI18n',
  'startAt',
  'endAt',
  'slotType',
  'isVisible',
]);

/**
 * Compares the release's slots with the mirror's. A slot with the same content hash as a mirrored one is that slot;
 * only the others are matched by who they are.
 *
 * @param talksGone codes of talks that this run removes: their slots point at no talk
 * @throws RemovalGuardError when too many visible slots would go or turn hidden
 */
export async function compareSlots(
  context: StepContext,
  wire: readonly WireSlot[],
  talksGone: ReadonlySet<string>,
): Promise<SlotChanges> {
  const { orm } = context.database;
  const { id: conferenceId, locale } = context.conference;
  const { roomIds, roomNames, talkIds, talkTitles } = await loadNames(orm, conferenceId, talksGone);
  const { rows, unscheduled, skipped, warnings } = slotRows(wire, { locale, talkTitles, roomNames });
  const stored = await loadStored(orm, conferenceId);
  const byHash = Map.groupBy(stored, (slot) => slot.contentHash);
  const staying = new Set<StoredSlot>();
  const others = [];
  for (const row of rows) {
    const code = row.submissionCode ?? '';
    const content = {
      submissionCode: row.submissionCode,
      talkId: talkIds.get(code) ?? null,
      roomId: roomIds.get(row.roomPretalxId ?? -1) ?? null,
      title: row.title,
      titleI18n: row.titleI18n,
      startAt: new Date(row.startMs).toISOString(),
      endAt: new Date(row.endMs).toISOString(),
      slotType: row.slotType,
      isVisible: row.isVisible,
    };
    const contentHash = hashOf(content);
    const same = byHash.get(contentHash)?.pop();
    if (same) staying.add(same);
    else others.push({ ...row, roomId: row.roomPretalxId, content: { ...content, contentHash } });
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
    count: rows.length,
    dirty: keyed.map(({ slotKey, content }) => ({ slotKey, ...content })),
    known: new Set(leftOver.map((slot) => slot.slotKey)),
    goneIds: leftOver.filter((slot) => !keys.has(slot.slotKey)).map((slot) => slot.id),
    unscheduled,
    skipped,
    warnings,
  };
}

/** Deletes the slots that are gone and upserts those that differ, by set statements. */
export async function writeSlots(
  context: StepContext,
  transaction: StepTransaction,
  { dirty, known, goneIds }: SlotChanges,
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
  const rows = dirty.map((slot) => ({ conferenceId: context.conference.id, ...slot }));
  const written = await upsert(tx, scheduleSlots, rows, [scheduleSlots.conferenceId, scheduleSlots.slotKey], {
    changedAt: sql`now()`,
  });
  context.progress({ phase: 'writing', current: dirty.length, total: dirty.length });
  history.inserted(
    scheduleSlots,
    written.filter(({ key }) => !known.has(key)).map(({ id }) => [id]),
  );
  history.updated(
    scheduleSlots,
    written.filter(({ key }) => known.has(key)).map(({ id }) => [id]),
  );
}
