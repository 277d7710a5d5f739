/** The timetable of a generated programme: no two slots of a room at the same time, a break after every four talks. */
export const SLOT_MINUTES = 30;

const DAY_MS = 86_400_000;
const SLOTS_A_DAY = 16;
const START = Date.parse('2027-05-01T08:00:00Z');

/** Deals the talks out to the rooms in turn. */
export function generateSlots(roomCount: number, codes: readonly string[]): object[] {
  const slots: object[] = [];
  for (const [at, code] of codes.entries()) {
    const room = 1 + (at % roomCount);
    const nth = Math.floor(at / roomCount);
    const place = nth + Math.floor(nth / 4);
    slots.push(slot(slots.length + 1, room, place, code));
    if (nth % 4 === 3) slots.push(slot(slots.length + 1, room, place + 1, null));
  }
  return slots;
}

function slot(id: number, room: number, place: number, submission: string | null): object {
  const start =
    START + Math.floor(place / SLOTS_A_DAY) * DAY_MS + (place % SLOTS_A_DAY) * SLOT_MINUTES * 60_000;
  const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', '+00:00');
  return {
    id,
    room,
    start: iso(start),
    end: iso(start + SLOT_MINUTES * 60_000),
    submission,
    schedule: 1,
    description: submission === null ? { en: 'Coffee break' } : null,
    duration: SLOT_MINUTES,
    is_visible: true,
    slot_type: submission === null ? 'break' : null,
  };
}
