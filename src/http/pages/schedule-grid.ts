/** Lays a timetable out as tables of times and rooms, one a day. */
import type { TimetableRoom, TimetableSlot } from './schedule-query.ts';
import type { Clock } from './times.ts';

/** A slot in its place: so many rows (moments at which something begins or ends) and columns. */
export interface GridCell {
  slot: TimetableSlot;
  rowSpan: number;
  colSpan: number;
  /** The names of the rooms it is in; several for a break that is the same in neighbouring rooms. */
  rooms: string[];
}

/** `null`: nothing is there. `undefined`: a cell that began further up or left covers the place. */
type GridPlace = GridCell | null | undefined;

export interface GridDay {
  /** ISO date. */
  date: string;
  /** A room has several columns where its slots overlap. */
  rooms: { name: string; columns: number }[];
  rows: { startMs: number; places: GridPlace[] }[];
}

const noRoom: TimetableRoom = { id: -1, name: 'No room' };

interface Column {
  room: TimetableRoom;
  slots: TimetableSlot[];
}

/** @param slots in the order of their start */
export function gridDays(
  rooms: readonly TimetableRoom[],
  slots: readonly TimetableSlot[],
  clock: Clock,
): GridDay[] {
  const byDate = Map.groupBy(slots, (slot) => clock.conferenceDay(slot.startMs));
  return [...byDate]
    .map(([date, ofDay]) => gridDay(date, rooms, ofDay))
    .sort((a, b) => (a.date < b.date ? -1 : 1));
}

function gridDay(date: string, rooms: readonly TimetableRoom[], slots: TimetableSlot[]): GridDay {
  const known = new Set(rooms.map((room) => room.id));
  const byRoom = Map.groupBy(slots, (slot) =>
    slot.roomId !== null && known.has(slot.roomId) ? slot.roomId : noRoom.id,
  );
  const columns = [...rooms, noRoom].flatMap((room) =>
    lanes(byRoom.get(room.id) ?? []).map((lane): Column => ({ room, slots: lane })),
  );
  const moments = [...new Set(slots.flatMap((slot) => [slot.startMs, slot.endMs]))].sort((a, b) => a - b);
  const starts = new Set(slots.map((slot) => slot.startMs));
  // Nothing begins at the last moment, unless it has no length.
  const rows = moments
    .map((startMs, row) => ({ startMs, places: placesOf(columns, moments, row) }))
    .filter(({ startMs }, row) => row < moments.length - 1 || starts.has(startMs));
  return { date, rooms: headings(columns), rows };
}

/** Slots of one room side by side where they overlap. */
function lanes(slots: readonly TimetableSlot[]): TimetableSlot[][] {
  const found: TimetableSlot[][] = [];
  for (const slot of slots) {
    const free = found.find((lane) => isFree(lane.at(-1), slot));
    if (free) free.push(slot);
    else found.push([slot]);
  }
  return found;
}

function isFree(last: TimetableSlot | undefined, slot: TimetableSlot): boolean {
  return last === undefined || (last.endMs <= slot.startMs && last.startMs < slot.startMs);
}

function placesOf(columns: readonly Column[], moments: readonly number[], row: number): GridPlace[] {
  const nowMs = moments[row] ?? 0;
  const starting = columns.map((column) => column.slots.find((slot) => slot.startMs === nowMs));
  const places: GridPlace[] = [];
  for (let index = 0; index < columns.length; index += 1) {
    const slot = starting[index];
    const room = columns[index]?.room.name ?? '';
    if (slot === undefined) {
      const covered = columns[index]?.slots.some((other) => other.startMs < nowMs && other.endMs > nowMs);
      places.push(covered ? undefined : null);
      continue;
    }
    const cell: GridCell = { slot, rowSpan: spanOf(slot, moments, row), colSpan: 1, rooms: [room] };
    places.push(cell);
    while (isSameBreak(slot, starting[index + 1])) {
      index += 1;
      cell.colSpan += 1;
      cell.rooms.push(columns[index]?.room.name ?? '');
      places.push(undefined);
    }
  }
  return places;
}

function spanOf(slot: TimetableSlot, moments: readonly number[], row: number): number {
  return Math.max(1, moments.indexOf(slot.endMs) - row);
}

function isSameBreak(slot: TimetableSlot, other: TimetableSlot | undefined): boolean {
  return (
    other !== undefined &&
    slot.type !== 'talk' &&
    slot.type === other.type &&
    slot.title === other.title &&
    slot.endMs === other.endMs
  );
}

function headings(columns: readonly Column[]): GridDay['rooms'] {
  const found: { id: number; name: string; columns: number }[] = [];
  for (const { room } of columns) {
    const last = found.at(-1);
    if (last?.id === room.id) last.columns += 1;
    else found.push({ id: room.id, name: room.name, columns: 1 });
  }
  return found.map(({ name, columns }) => ({ name, columns }));
}
