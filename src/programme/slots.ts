/** Slots of the released schedule: their kind, title and times, and which are left out. */
import type { I18n } from '../db/schema/greenroom.ts';
import type { SlotType } from '../db/schema/programme.ts';
import type { WireSlot } from '../pretalx/wire.ts';
import { instantMs } from './instant.ts';
import { pickText } from './text.ts';

/** A slot of the released schedule as the mirror keeps it, before it gets its key and our ids. */
export interface SlotRow {
  submissionCode: string | null;
  roomPretalxId: number | null;
  title: string;
  /** What pretalx calls the slot's description.  */
  titleI18n: I18n | null;
  startMs: number;
  endMs: number;
  slotType: SlotType;
  isVisible: boolean;
}

export interface SlotContext {
  /** The event's own language. */
  locale: string;
  /** Titles of talks by code. A talk that isn't there lends its slot its code. */
  talkTitles: ReadonlyMap<string, string>;
  /** Names of rooms by pretalx id, for warnings. */
  roomNames: ReadonlyMap<number, string>;
}

export interface SlotRows {
  rows: SlotRow[];
  /** How many slots have neither room nor times: talks not yet placed. */
  unscheduled: number;
  /** How many slots have times that can't be used. Each has a warning. */
  skipped: number;
  warnings: string[];
}

/** @returns the rows of a released schedule's slots, in upstream's order, and what was left out */
export function slotRows(slots: Iterable<WireSlot>, context: SlotContext): SlotRows {
  const result: SlotRows = { rows: [], unscheduled: 0, skipped: 0, warnings: [] };
  for (const slot of slots) {
    if (slot.room === null && slot.start === null && slot.end === null) {
      result.unscheduled += 1;
      continue;
    }
    const times = slotTimes(slot);
    if (times === null) {
      result.skipped += 1;
      result.warnings.push(unusableTimes(slot, context));
      continue;
    }
    result.rows.push({
      submissionCode: slot.submission,
      roomPretalxId: slot.room,
      ...titled(slot, context),
      ...times,
      slotType: slotType(slot),
      isVisible: slot.is_visible ?? true,
    });
  }
  return result;
}

/** When a slot begins and ends, in epoch milliseconds; null when that can't be used: missing, unreadable, or no time at all. */
export function slotTimes({
  start,
  end,
}: Pick<WireSlot, 'start' | 'end'>): { startMs: number; endMs: number } | null {
  const startMs = start === null ? null : instantMs(start);
  const endMs = end === null ? null : instantMs(end);
  return startMs === null || endMs === null || endMs <= startMs ? null : { startMs, endMs };
}

function titled(slot: WireSlot, { locale, talkTitles }: SlotContext) {
  const code = slot.submission ?? '';
  return {
    title: pickText(slot.description, locale) ?? (talkTitles.get(code) || code),
    titleI18n: slot.description ?? null,
  };
}

/** The kind of a slot: what it says in any language decides, not `slot_type`, which many readers don't get. */
export function slotType(slot: Pick<WireSlot, 'submission' | 'description'>): SlotType {
  if (slot.submission !== null) return 'talk';
  const text = Object.values(slot.description ?? {})
    .join('\n')
    .toLowerCase();
  if (text.trim() === '' || /break|lunch/.test(text)) return 'break';
  return /social|party/.test(text) ? 'social' : 'other';
}

function unusableTimes(slot: WireSlot, { locale, roomNames }: SlotContext): string {
  const text = pickText(slot.description, locale);
  const what = slot.submission ?? (text === null ? 'without a text' : `"${text}"`);
  const where =
    slot.room === null ? 'without a room' : `in ${roomNames.get(slot.room) ?? `room ${slot.room}`}`;
  const times = `start ${slot.start ?? 'missing'}, end ${slot.end ?? 'missing'}`;
  return `The slot ${what} ${where} was left out, because its times can't be used: ${times}.`;
}
