/** Where and when a talk is held, from its slots. */
export interface Placement<Room> {
  roomId: Room | null;
  slotStart: Date | null;
  slotEnd: Date | null;
}

interface PlacingSlot<Room> {
  submissionCode: string | null;
  roomId: Room | null;
  startMs: number;
  endMs: number;
  isVisible: boolean;
}

/**
 * Each talk's room and times: those of its first visible slot, else of its first hidden one. Of two that start
 * together the one that ends first counts, then the one in the lower room.
 *
 * @returns placements by submission code; talks without a slot aren't in it
 */
export function placements<Room extends number | string>(
  slots: Iterable<PlacingSlot<Room>>,
): Map<string, Placement<Room>> {
  const first = new Map<string, PlacingSlot<Room>>();
  for (const slot of slots) {
    if (slot.submissionCode === null) continue;
    const best = first.get(slot.submissionCode);
    if (!best || isBefore(slot, best)) first.set(slot.submissionCode, slot);
  }
  return new Map(
    Array.from(first, ([code, { roomId, startMs, endMs }]) => [
      code,
      { roomId, slotStart: new Date(startMs), slotEnd: new Date(endMs) },
    ]),
  );
}

function isBefore<Room extends number | string>(a: PlacingSlot<Room>, b: PlacingSlot<Room>): boolean {
  if (a.isVisible !== b.isVisible) return a.isVisible;
  if (a.startMs !== b.startMs) return a.startMs < b.startMs;
  if (a.endMs !== b.endMs) return a.endMs < b.endMs;
  if (a.roomId === null || b.roomId === null) return a.roomId !== null && b.roomId === null;
  return a.roomId < b.roomId;
}
