/** A talk as its audience sees it after a transaction. */
import { cancelledStates } from '../../programme/cancelled.ts';
import type { Overrides } from './overrides.ts';
import type { Rooms } from './rooms.ts';
import { type Placement, placementOf, type Slots } from './slots.ts';
import type { Speakers } from './speakers.ts';
import { stateAt, type Version } from './timeline.ts';

export interface TalkVersion extends Version {
  id: number;
  code: string;
  title: string;
  state: string;
  removed: boolean;
  room_id: number | null;
  start_at: string | null;
  end_at: string | null;
  abstract_hash: string | null;
  description_hash: string | null;
}

/** What a talk's field is called in its slot. */
const slotFields: Readonly<Record<string, string>> = { slot_start: 'start_at', slot_end: 'end_at' };
const cancelled: ReadonlySet<string> = new Set(cancelledStates);

export interface Sources {
  overrides: Overrides;
  rooms: Rooms;
  slots: Slots;
  speakers: Speakers;
  /** Whether a talk of this code was public before a transaction; undefined when all talks are shown. */
  wasEverPublic: ((code: string, transactionId: number) => boolean) | undefined;
}

export interface TalkState {
  version: TalkVersion | undefined;
  fields: Record<string, unknown>;
  /** In the programme: not removed, not cancelled; for the public also in a visible slot. */
  isThere: boolean;
  title: string | null;
  placements: Map<string, Placement>;
}

/** The talk of this code after transaction `at`. */
export function talkAt(
  code: string,
  versions: TalkVersion[] | undefined,
  at: number,
  sources: Sources,
): TalkState {
  const { overrides, slots } = sources;
  const version = stateAt(versions, at);
  const fields = overrides.at('talk', code, at);
  const visible = slots.placementsAt(code, at);
  const state = typeof fields.state === 'string' ? fields.state : version?.state;
  const isCancelled = fields.is_cancelled ?? (state !== undefined && cancelled.has(state));
  // A slot's talk that is not mirrored is there as long as the slot is.
  const mirrored = versions === undefined ? visible.length > 0 : version !== undefined && !version.removed;
  const isPublic = sources.wasEverPublic === undefined || visible.length > 0;
  return {
    version,
    fields,
    isThere: mirrored && isCancelled !== true && isPublic,
    title: (fields.title as string | undefined) ?? version?.title ?? slots.titleAt(code, at),
    placements: placementsOf(code, version, visible, fields, at, sources),
  };
}

/** The talk's overrides of room and time go to its first visible slot; one of the slot itself wins. */
function placementsOf(
  code: string,
  version: TalkVersion | undefined,
  visible: readonly Placement[],
  fields: Record<string, unknown>,
  at: number,
  { rooms, overrides }: Sources,
): Map<string, Placement> {
  const names = { start: 'slot_start', end: 'slot_end' };
  const [first, ...others] = visible;
  const own = first
    ? { room_id: first.roomId, start_at: first.span?.start ?? null, end_at: first.span?.end ?? null }
    : version;
  if (own === undefined) return new Map();
  const ofSlot = first ? overrides.at('slot', first.key, at) : {};
  const open = Object.entries(fields).filter(([field]) => !((slotFields[field] ?? field) in ofSlot));
  const placement = placementOf(first?.key ?? code, own, Object.fromEntries(open), names, rooms, at);
  return new Map([placement, ...others].map((each) => [each.key, each]));
}
