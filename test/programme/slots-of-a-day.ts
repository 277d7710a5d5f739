/** Slots of made-up programmes, and the keys that they get. */
import { assignSlotKeys, type SlotIdentity } from '../../src/programme/slot-keys.ts';

export const MINUTE_MS = 60_000;
const NINE = Date.UTC(2026, 6, 15, 9);
const at = (minutes: number) => NINE + minutes * MINUTE_MS;

export const session = (submissionCode: string, roomId: number, minutes: number): SlotIdentity => ({
  submissionCode,
  roomId,
  startMs: at(minutes),
  endMs: at(minutes + 30),
  title: `Talk ${submissionCode}`,
  titleI18n: null,
  slotType: 'talk',
});
export const pause = (title: string, roomId: number, minutes: number): SlotIdentity => ({
  ...session('', roomId, minutes),
  submissionCode: null,
  title,
  titleI18n: { en: title },
  slotType: 'break',
});

export const first = (slots: SlotIdentity[]) => assignSlotKeys([], slots);
export const keys = (slots: { slotKey: string }[]) => slots.map((slot) => slot.slotKey);
/** Keys of a second release, given the first. */
export const keysAfter = (before: SlotIdentity[], next: SlotIdentity[]) =>
  keys(assignSlotKeys(first(before), next));
