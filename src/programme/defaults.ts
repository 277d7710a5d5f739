import { Temporal } from 'temporal-polyfill';
import type { submissionTypeDefaults } from '../db/schema/decisions.ts';
import type { Placement } from './placement.ts';

/** Room and times that talks of a submission type get when the schedule gives them none. */
export type TypeDefault = Pick<
  typeof submissionTypeDefaults.$inferSelect,
  'defaultRoomId' | 'defaultDate' | 'defaultStartTime' | 'defaultEndTime'
>;

/** A talk's room and times, and where they are from: the schedule, a default, or nowhere. */
export interface PlacedTalk extends Placement<number> {
  placedBy: 'schedule' | 'default' | null;
}

export interface DefaultPlacer {
  /**
   * A talk with a room is left alone. One without gets the default room, and the default times where it has none.
   *
   * @param scheduled the talk's placement by the schedule, see `placements`; undefined when it has no slot
   * @param typeDefault the default of its submission type, undefined when there is none
   * @returns its room and times, and whether the default gave any of them
   */
  place(
    scheduled: Placement<number> | undefined,
    typeDefault: TypeDefault | undefined,
  ): PlacedTalk & { isDefaulted: boolean };
  /** About a timezone that isn't one. */
  warning: string | null;
}

/**
 * Wall times of defaults in a conference's timezone. One that a DST change skips moves forward by the gap, of a
 * doubled one the first counts. An end that isn't after its start is on the next day. Without a date, or without its
 * own time, a start or an end stays open.
 *
 * @param timezone an IANA name; with any other, UTC and a warning
 */
export function defaultPlacer(timezone: string): DefaultPlacer {
  const isKnown = isTimezone(timezone);
  const zone = isKnown ? timezone : 'UTC';
  const timesByDefault = new Map<TypeDefault, Times>();
  const timesOf = (typeDefault: TypeDefault) => {
    const times = timesByDefault.get(typeDefault) ?? defaultTimes(typeDefault, zone);
    timesByDefault.set(typeDefault, times);
    return times;
  };
  return {
    warning: isKnown
      ? null
      : `The timezone "${timezone}" is unknown, so defaults were applied in UTC. Set a valid one for the conference.`,
    place(scheduled, typeDefault) {
      const placement = scheduled ?? { roomId: null, slotStart: null, slotEnd: null };
      const placedBy = scheduled ? 'schedule' : null;
      if (placement.roomId !== null || !typeDefault) return { ...placement, placedBy, isDefaulted: false };
      const { slotStart, slotEnd } = placement.slotStart ? placement : timesOf(typeDefault);
      const roomId = typeDefault.defaultRoomId;
      const isDefaulted =
        roomId !== null || slotStart !== placement.slotStart || slotEnd !== placement.slotEnd;
      return {
        roomId,
        slotStart,
        slotEnd,
        placedBy: placedBy ?? (isDefaulted ? 'default' : null),
        isDefaulted,
      };
    },
  };
}

type Times = Pick<Placement<number>, 'slotStart' | 'slotEnd'>;

function defaultTimes({ defaultDate, defaultStartTime, defaultEndTime }: TypeDefault, zone: string): Times {
  if (defaultDate === null) return { slotStart: null, slotEnd: null };
  const at = (time: string, daysLater = 0) =>
    Temporal.PlainDate.from(defaultDate).add({ days: daysLater }).toPlainDateTime(time);
  const start = defaultStartTime === null ? null : at(defaultStartTime);
  if (defaultEndTime === null) return { slotStart: start && instant(start, zone), slotEnd: null };
  const isNextDay = start !== null && Temporal.PlainDateTime.compare(at(defaultEndTime), start) <= 0;
  const end = at(defaultEndTime, isNextDay ? 1 : 0);
  const slotStart = start && instant(start, zone);
  const slotEnd = instant(end, zone);
  // A start that was moved out of a DST gap takes along an end that it would otherwise pass.
  if (start && slotStart && slotEnd <= slotStart) {
    const wallMs = start.until(end).total('milliseconds');
    return { slotStart, slotEnd: new Date(slotStart.getTime() + wallMs) };
  }
  return { slotStart, slotEnd };
}

/** "compatible" is forward over a gap, and the first of two. */
function instant(wall: Temporal.PlainDateTime, zone: string): Date {
  return new Date(wall.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds);
}

function isTimezone(name: string): boolean {
  try {
    Temporal.Now.zonedDateTimeISO(name);
    return name !== '';
  } catch {
    return false;
  }
}
