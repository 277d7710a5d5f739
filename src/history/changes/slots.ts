/** Slots at a time, and what changed of those that are no talk: breaks, parties, the rest. Hidden ones are not there. */
import { sql } from 'drizzle-orm';
import { codeInKey } from '../../programme/slot-keys.ts';
import type { Finding, Span } from './change.ts';
import type { Group } from './groups.ts';
import { type Fields, type Overrides, touchesOf } from './overrides.ts';
import type { Rooms } from './rooms.ts';
import {
  around,
  type FindingsOf,
  oldestFirst,
  readThings,
  type Scope,
  stateAt,
  type Version,
  validInRange,
  writesOf,
} from './timeline.ts';

interface SlotVersion extends Version {
  id: number;
  key: string;
  code: string | null;
  title: string;
  room_id: number | null;
  start_at: string;
  end_at: string;
  is_visible: boolean;
}

/** Where and when something takes place. */
export interface Placement {
  /** The slot's key; a talk placed without a slot has its code. */
  key: string;
  span: Span | null;
  room: string | null;
  /** Our id of the room: one that was only renamed is the same room. */
  roomId: number | null;
}

export interface Slots {
  findings: FindingsOf;
  /** The visible slots of a talk after a transaction, by the start that upstream gives them. */
  placementsAt(code: string, transactionId: number): Placement[];
  /** The codes whose slots the group changed. */
  codesChangedBy(group: Group): string[];
  /** The title on a talk's slot after a transaction. */
  titleAt(code: string, transactionId: number): string | null;
}

export async function readSlots(scope: Scope, overrides: Overrides, rooms: Rooms): Promise<Slots> {
  const timeline = await readThings<SlotVersion>(
    scope.executor,
    (v) => v.key,
    sql`select id, slot_key as key, submission_code as code, title, room_id, start_at, end_at, is_visible,
               transaction_id, operation_type
          from greenroom.schedule_slots_versions v
         where v.conference_id = ${scope.conferenceId} and ${validInRange(scope)} ${oldestFirst}`,
  );
  const codeOf = (versions: readonly SlotVersion[]) => versions.at(-1)?.code ?? null;
  const byCode = Map.groupBy(timeline.values(), codeOf);
  const writtenBy = writesOf(timeline.values());
  const othersTouchedBy = touchesOf(byCode.get(null) ?? [], 'slot', overrides);
  const placed = (version: SlotVersion | undefined, transactionId: number): Placement | undefined => {
    if (!version?.is_visible) return undefined;
    const fields = overrides.at('slot', version.key, transactionId);
    return placementOf(
      version.key,
      version,
      fields,
      { start: 'start_at', end: 'end_at' },
      rooms,
      transactionId,
    );
  };
  const placementsAt = (code: string, transactionId: number) =>
    (byCode.get(code) ?? [])
      .map((versions) => stateAt(versions, transactionId))
      .filter((version) => version !== undefined)
      .sort((a, b) => Date.parse(a.start_at) - Date.parse(b.start_at) || (a.key < b.key ? -1 : 1))
      .map((version) => placed(version, transactionId))
      .filter((placement) => placement !== undefined);

  return {
    placementsAt,
    codesChangedBy: (group) => [
      ...writtenBy(group)
        .map(codeOf)
        .filter((code) => code !== null),
      ...overrides.changedBy('slot', group).map((key) => codeInKey(key)),
    ],
    titleAt: (code, transactionId) =>
      (byCode.get(code) ?? []).map((versions) => stateAt(versions, transactionId)?.title).find(Boolean) ??
      null,
    findings(group) {
      return othersTouchedBy(group).flatMap((versions): Finding[] => {
        const { before, after } = around(versions, group);
        const was = placed(before, group.first - 1);
        const is = placed(after, group.last);
        const { key } = versions[0] as SlotVersion;
        const titleOf = (slot: SlotVersion | undefined, at: number) =>
          slot ? ((overrides.at('slot', key, at).title as string | undefined) ?? slot.title) : null;
        const oldTitle = titleOf(before, group.first - 1);
        const title = titleOf(after, group.last) ?? oldTitle;
        const about = { entity: 'slot' as const, key, title };
        if (!was && is) return [{ ...about, kind: before ? 'back' : 'new', from: null, to: null }];
        if (was && !is) return [{ ...about, kind: 'cancelled', from: null, to: null }];
        if (!was || !is) return [];
        return [
          ...(oldTitle === title ? [] : [{ ...about, kind: 'title' as const, from: oldTitle, to: title }]),
          ...placementChanges(about, was, is),
        ];
      });
    },
  };
}

/** A row's own place with the overrides of its fields. */
export function placementOf(
  key: string,
  row: { room_id: number | null; start_at: string | null; end_at: string | null },
  fields: Fields,
  names: { start: string; end: string },
  rooms: Rooms,
  transactionId: number,
): Placement {
  const time = (name: string, own: string | null) => (name in fields ? (fields[name] as string | null) : own);
  const start = time(names.start, row.start_at);
  const end = time(names.end, row.end_at);
  const room = 'room' in fields ? rooms.idOf(fields.room) : row.room_id;
  return {
    key,
    span: start === null ? null : { start: iso(start), end: end === null ? null : iso(end) },
    room: rooms.nameAt(room, transactionId),
    roomId: room,
  };
}

/** `moved` and `room` between two placements of one thing. */
export function placementChanges(
  about: Pick<Finding, 'entity' | 'key' | 'title'>,
  was: Placement | undefined,
  is: Placement | undefined,
): Finding[] {
  const from = was?.span ?? null;
  const to = is?.span ?? null;
  const moved = from?.start !== to?.start || from?.end !== to?.end;
  return [
    ...(moved ? [{ ...about, kind: 'moved' as const, from, to }] : []),
    ...((was?.roomId ?? null) === (is?.roomId ?? null)
      ? []
      : [{ ...about, kind: 'room' as const, from: was?.room ?? null, to: is?.room ?? null }]),
  ];
}

const iso = (time: string) => new Date(time).toISOString();
