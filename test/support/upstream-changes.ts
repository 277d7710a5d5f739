/** What happens to a conference upstream between two syncs, or during one: edits and releases, chosen by numbers. */
import type { Item } from '../../src/demo/replay/recordings.ts';
import type { ReplayServer } from './replay-server.ts';

/** The numbers pick the item; many are out of range and wrap. */
export interface UpstreamChange {
  kind: keyof typeof changes;
  pick: number;
  amount: number;
}

type Change = (upstream: ReplayServer, numbers: { pick: number; amount: number }) => void;

const at = (items: Item[], pick: number) => items[pick % items.length] as Item;
const replaced = (items: Item[], item: Item, change: Item) =>
  items.map((other) => (other === item ? { ...item, ...change } : other));
const shifted = (time: unknown, minutes: number) =>
  typeof time === 'string'
    ? new Date(Date.parse(time) + minutes * 60_000).toISOString().replace('.000Z', '+00:00')
    : time;

/** Those slots that have a time. */
export const placed = (slots: Item[]) => slots.filter((slot) => slot.start !== null);

let releases = 0;
function release(upstream: ReplayServer, change: (slots: Item[]) => Item[]): void {
  releases += 1;
  upstream.release(`r${releases}`, change);
}

const changes = {
  renameRoom: (upstream, { pick, amount }) =>
    upstream.edit('rooms', (rooms) => replaced(rooms, at(rooms, pick), { name: { en: `Room ${amount}` } })),
  renameTalk: (upstream, { pick, amount }) =>
    upstream.edit('submissions', (items) => replaced(items, at(items, pick), { title: `Title ${amount}` })),
  renameSpeaker: (upstream, { pick, amount }) =>
    upstream.edit('speakers', (items) => replaced(items, at(items, pick), { name: `Name ${amount}` })),
  changeState: (upstream, { pick, amount }) =>
    upstream.edit('submissions', (items) =>
      replaced(items, at(items, pick), {
        state: ['confirmed', 'accepted', 'canceled', 'withdrawn', 'rejected'][amount % 5],
      }),
    ),
  swapSpeakers: (upstream, { pick, amount }) =>
    upstream.edit('submissions', (items) =>
      replaced(items, at(items, pick), {
        speakers: [...(at(items, amount).speakers as string[]), ...(at(items, pick).speakers as string[])],
      }),
    ),
  deleteTalk: (upstream, { pick }) => {
    let code: unknown;
    upstream.edit('submissions', (items) => {
      code ??= at(items, pick).code;
      return items.filter((item) => item.code !== code);
    });
    upstream.edit('slots', (slots) => slots.filter((slot) => slot.submission !== code));
  },
  moveSlot: (upstream, { pick, amount }) =>
    release(upstream, (slots) => {
      const slot = at(placed(slots), pick);
      return replaced(slots, slot, { start: shifted(slot.start, amount), end: shifted(slot.end, amount) });
    }),
  swapRooms: (upstream, { pick, amount }) =>
    release(upstream, (slots) => {
      const [a, b] = [at(placed(slots), pick), at(placed(slots), amount)];
      return a === b ? slots : replaced(replaced(slots, a, { room: b.room }), b, { room: a.room });
    }),
  unschedule: (upstream, { pick }) =>
    release(upstream, (slots) =>
      replaced(slots, at(placed(slots), pick), { start: null, end: null, room: null, is_visible: false }),
    ),
  holdTwice: (upstream, { pick, amount }) =>
    release(upstream, (slots) => {
      const slot = at(placed(slots), pick);
      return [
        ...slots,
        {
          ...slot,
          id: 1e9 + releases * 1e6,
          start: shifted(slot.start, 1440 + amount),
          end: shifted(slot.end, 1440 + amount),
        },
      ];
    }),
  releaseUnchanged: (upstream) => release(upstream, (slots) => slots),
} satisfies Record<string, Change>;

export const changeKinds = Object.keys(changes) as UpstreamChange['kind'][];

/** Makes a change upstream, for all readers at once. */
export function changeUpstream(upstream: ReplayServer, { kind, ...numbers }: UpstreamChange): void {
  changes[kind](upstream, numbers);
}
