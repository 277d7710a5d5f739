/** The released schedule's slots: matched with those of the mirror, compared, guarded and written. */
import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { rooms, scheduleSlots, talks } from '../../db/schema/index.ts';
import { upsert } from '../../db/statements.ts';
import type { WireSlot } from '../../pretalx/wire.ts';
import { contentHasher } from '../../programme/content-hash.ts';
import { assignSlotKeys, type SlotIdentity } from '../../programme/slot-keys.ts';
import { slotRows } from '../../programme/slots.ts';
import type { StepContext } from '../context.ts';
import { guardRemovals } from '../guard.ts';
import type { StepTransaction } from '../step-transaction.ts';

interface StoredSlot extends SlotIdentity {
  id: number;
  slotKey: string;
  contentHash: string;
  isVisible: boolean;
}

type SlotValues = Omit<typeof scheduleSlots.$inferInsert, 'id' | 'conferenceId'> & { slotKey: string };

/** What has to be written so that the mirror's slots are the release's. */
export interface SlotChanges {
  count: number;
  dirty: SlotValues[];
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
 * Compares the release's slots with the mirror's.
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
  const roomRows = await orm
    .select({ id: rooms.id, pretalxId: rooms.pretalxId, name: rooms.name, removedAt: rooms.removedAt })
    .from(rooms)
    .where(eq(rooms.conferenceId, conferenceId));
  const roomIds = new Map(
    roomRows.filter((room) => !room.removedAt).map((room) => [room.pretalxId, room.id]),
  );
  const roomNames = new Map(roomRows.map((room) => [room.pretalxId, room.name]));
  const talkRows = await orm
    .select({ code: talks.pretalxCode, id: talks.id, title: talks.title })
    .from(talks)
    .where(and(eq(talks.conferenceId, conferenceId), isNull(talks.removedAt)));
  const talkTitles = new Map(talkRows.map((talk) => [talk.code, talk.title]));
  const talkIds = new Map(
    talkRows.filter((talk) => !talksGone.has(talk.code)).map((talk) => [talk.code, talk.id]),
  );
  const { rows, unscheduled, skipped, warnings } = slotRows(wire, { locale, talkTitles, roomNames });
  const stored = await loadSlots(
    orm,
    conferenceId,
    new Map(roomRows.map((room) => [room.id, room.pretalxId])),
  );
  const keyed = assignSlotKeys(
    stored,
    rows.map((row) => ({ ...row, roomId: row.roomPretalxId })),
  );
  const before = new Map(stored.map((slot) => [slot.slotKey, slot]));
  const visible = new Set(keyed.filter((slot) => slot.isVisible).map((slot) => slot.slotKey));
  const visibleBefore = stored.filter((slot) => slot.isVisible).map((slot) => slot.slotKey);
  guardRemovals(
    context,
    'slots',
    visibleBefore.length,
    visibleBefore.filter((key) => !visible.has(key)),
  );
  const dirty: SlotValues[] = [];
  const seen = new Set<string>();
  for (const slot of keyed) {
    seen.add(slot.slotKey);
    const content = {
      submissionCode: slot.submissionCode,
      talkId: talkIds.get(slot.submissionCode ?? '') ?? null,
      roomId: roomIds.get(slot.roomPretalxId ?? -1) ?? null,
      title: slot.title,
      titleI18n: slot.titleI18n,
      startAt: new Date(slot.startMs),
      endAt: new Date(slot.endMs),
      slotType: slot.slotType,
      isVisible: slot.isVisible,
    };
    const contentHash = hashOf(content);
    if (before.get(slot.slotKey)?.contentHash !== contentHash)
      dirty.push({ slotKey: slot.slotKey, ...content, contentHash });
  }
  return {
    count: keyed.length,
    dirty,
    known: new Set(before.keys()),
    goneIds: stored.filter((slot) => !seen.has(slot.slotKey)).map((slot) => slot.id),
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

async function loadSlots(
  executor: Executor,
  conferenceId: number,
  pretalxIds: ReadonlyMap<number, number>,
): Promise<StoredSlot[]> {
  const rows = await executor
    .select()
    .from(scheduleSlots)
    .where(eq(scheduleSlots.conferenceId, conferenceId));
  return rows.map((row) => ({
    id: row.id,
    slotKey: row.slotKey,
    contentHash: row.contentHash,
    isVisible: row.isVisible,
    submissionCode: row.submissionCode,
    roomId: row.roomId === null ? null : (pretalxIds.get(row.roomId) ?? null),
    startMs: row.startAt.getTime(),
    endMs: row.endAt.getTime(),
    title: row.title,
    titleI18n: row.titleI18n,
    slotType: row.slotType,
  }));
}
