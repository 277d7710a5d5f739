import type { Change } from '../history/changes/index.ts';

/** Two talks at the same time that took each other's room: one sentence instead of two. */
export type Swap = [Change, Change];

/** @param startOf When a talk begins now (epoch ms). */
export function swappedRooms(
  changes: readonly Change[],
  startOf: (talkCode: string) => number | undefined,
): Swap[] {
  const movedInTime = new Set(changes.filter(({ kind }) => kind === 'moved').map(({ key }) => key));
  const waiting = changes.filter(
    ({ entity, key, kind, from, to }) =>
      entity === 'talk' && kind === 'room' && from !== null && to !== null && !movedInTime.has(key),
  );
  const swaps: Swap[] = [];
  for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
    const { from, key, to } = one;
    const at = waiting.findIndex(
      (other) => other.from === to && other.to === from && startOf(other.key) === startOf(key),
    );
    const [other] = at < 0 ? [] : waiting.splice(at, 1);
    if (other) swaps.push([one, other]);
  }
  return swaps;
}

export function describeSwap([one, other]: Swap): string {
  return `“${one.title}” and “${other.title}” swapped their rooms, ${one.from} and ${one.to}`;
}
