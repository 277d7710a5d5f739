/** Gives slots keys that outlive releases. */
import type { I18n } from '../db/schema/greenroom.ts';
import type { SlotType } from '../db/schema/programme.ts';
import { pairNearest } from './nearest.ts';

/**
 * Keys that slots keep from sync to sync. pretalx gives every slot a new id with every release, and breaks have
 * nothing else; so each new slot is matched with the mirrored slot that it most probably is, and takes over its key.
 *
 * Always: keys are unique; a slot that stays as it is keeps its key; the result doesn't depend on the order of the
 * lists. A session's slots are matched among those of the same submission, all others among each other.
 */
export interface SlotIdentity {
  submissionCode: string | null;
  /** Either room id, ours or pretalx', as long as it is the same in both lists. It becomes part of new keys. */
  roomId: number | null;
  startMs: number;
  endMs: number;
  title: string;
  titleI18n: I18n | null;
  slotType: SlotType;
}

/** How far a break may move, in time, and still be the same. The same break of another day is never that near. */
export const BREAK_MOVE_LIMIT_MS = 4 * 60 * 60 * 1000;

/** Slots that may be the same have the same text under `by`; the nearest in time are paired first. */
interface Tier {
  by(slot: SlotIdentity): string;
  maxDistanceMs?: number;
}

const place = ({ roomId, startMs }: SlotIdentity) => `${roomId} ${startMs}`;
/** Tells apart even those that differ in nothing but their length or another language. */
const everything = (slot: SlotIdentity) =>
  `${place(slot)} ${slot.endMs} ${slot.title} ${JSON.stringify(Object.entries(slot.titleI18n ?? {}).sort())}`;

/** However far it moved. */
const ANY_SLOT: Tier = { by: () => '' };

const SESSION_TIERS: readonly Tier[] = [
  { by: everything },
  { by: place },
  { by: ({ startMs }) => `${startMs}` },
  { by: ({ roomId }) => `${roomId}` },
  ANY_SLOT,
];

/** The same text counts for more than the same place: what stood there may have made room for something else. */
const BREAK_TIERS: readonly Tier[] = [
  { by: everything },
  { by: ({ roomId, title }) => `${roomId} ${title}`, maxDistanceMs: BREAK_MOVE_LIMIT_MS },
  { by: place },
  { by: ({ startMs, title }) => `${startMs} ${title}` },
];

/**
 * @param existing the mirrored slots with their keys
 * @param next the slots of the release, without keys
 * @param taken keys of slots that are in neither list because they stay as they are
 * @returns the slots of the release in the order given, each with the key that it keeps or gets: a session's is its
 *   submission's code, then `CODE#2`, `CODE#3`; another's tells where and when it was first seen
 */
export function assignSlotKeys<Slot extends SlotIdentity>(
  existing: readonly (SlotIdentity & { slotKey: string })[],
  next: readonly Slot[],
  taken: Iterable<string> = [],
): (Slot & { slotKey: string })[] {
  const keys = new Map<SlotIdentity, string>();
  const before = groupBySubmission(
    [...existing].sort((a, b) => compare(a, b) || compareKeys(a.slotKey, b.slotKey)),
  );
  const after = groupBySubmission([...next].sort(compare));
  for (const [code, slots] of after) {
    const known = before.get(code) ?? [];
    const isHeldOnce = code !== null && known.length === 1 && slots.length === 1;
    const tiers = code === null ? BREAK_TIERS : isHeldOnce ? [ANY_SLOT] : SESSION_TIERS;
    for (const [old, slot] of match(known, slots, tiers)) keys.set(slot, old.slotKey);
  }
  const used = new Set([...taken, ...keys.values()]);
  for (const slots of after.values()) {
    const lastNumbers = new Map<string, number>();
    for (const slot of slots) {
      if (keys.has(slot)) continue;
      const key = freeKey(slot.submissionCode ?? firstSeen(slot), used, lastNumbers);
      used.add(key);
      keys.set(slot, key);
    }
  }
  return next.map((slot) => ({ ...slot, slotKey: keys.get(slot) as string }));
}

/** Pairs slots tier by tier; what a tier leaves over goes on to the next one. Both lists are sorted. */
function* match<Old extends SlotIdentity, New extends SlotIdentity>(
  existing: readonly Old[],
  next: readonly New[],
  tiers: readonly Tier[],
): Generator<[Old, New]> {
  let [old, rest]: [readonly Old[], readonly New[]] = [existing, next];
  for (const { by, maxDistanceMs } of tiers) {
    if (old.length === 0 || rest.length === 0) return;
    const matched = new Set<SlotIdentity>();
    const candidates = Map.groupBy(old, by);
    for (const [text, slots] of Map.groupBy(rest, by)) {
      const group = candidates.get(text) ?? [];
      for (const [left, right] of pairNearest(group.map(startOf), slots.map(startOf), maxDistanceMs)) {
        const pair: [Old, New] = [group[left] as Old, slots[right] as New];
        matched.add(pair[0]).add(pair[1]);
        yield pair;
      }
    }
    old = old.filter((slot) => !matched.has(slot));
    rest = rest.filter((slot) => !matched.has(slot));
  }
}

const startOf = ({ startMs }: SlotIdentity) => startMs;

/** In the order of the codes, those without one last. */
function groupBySubmission<Slot extends SlotIdentity>(slots: readonly Slot[]): Map<string | null, Slot[]> {
  const groups = Map.groupBy(slots, (slot) => slot.submissionCode);
  return new Map([...groups].sort(([a], [b]) => (a === null ? 1 : b === null ? -1 : compareText(a, b))));
}

/** The submission's code in the key of one of its slots: `CODE#2` is of `CODE`. */
export const codeInKey = (slotKey: string): string => slotKey.replace(/#\d+$/, '');

/** `break:101:2026-07-15T10:30Z` */
function firstSeen({ slotType, roomId, startMs }: SlotIdentity): string {
  return `${slotType}:${roomId ?? '-'}:${new Date(startMs).toISOString().replace(/(:00)?\.\d+Z$/, 'Z')}`;
}

function freeKey(base: string, taken: ReadonlySet<string>, lastNumbers: Map<string, number>): string {
  let number = lastNumbers.get(base) ?? 1;
  while (taken.has(number === 1 ? base : `${base}#${number}`)) number += 1;
  lastNumbers.set(base, number);
  return number === 1 ? base : `${base}#${number}`;
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
/** `CODE#2` before `CODE#10` */
const compareKeys = (a: string, b: string) => a.length - b.length || compareText(a, b);

function compare(a: SlotIdentity, b: SlotIdentity): number {
  return (
    a.startMs - b.startMs ||
    (a.roomId ?? -1) - (b.roomId ?? -1) ||
    a.endMs - b.endMs ||
    compareText(a.title, b.title) ||
    compareText(everything(a), everything(b))
  );
}
