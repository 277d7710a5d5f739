/** Pairs points in time of two lists, closest first: what matching slots over releases rests on. */

/** Something at a point in time, on one of two sides. */
interface Point {
  atMs: number;
  isLeft: boolean;
  /** Its place in its own side's list. */
  index: number;
  previous: number;
  next: number;
  isTaken: boolean;
}

interface Candidate {
  distanceMs: number;
  a: number;
  b: number;
}

/**
 * Pairs the points in time of two sides, closest first; each is used once. Equal distances are settled by order, so
 * the result depends on nothing but the two lists. O(n log n).
 *
 * The closest pair of two sides is always next to each other on the common time line. So only neighbours are
 * candidates, and each pair that is taken makes new neighbours of what was on its outsides.
 *
 * @param left epoch milliseconds, ascending
 * @param right epoch milliseconds, ascending
 * @param maxDistanceMs pairs further apart than this aren't made
 * @returns pairs of an index of `left` and one of `right`
 */
export function pairNearest(
  left: readonly number[],
  right: readonly number[],
  maxDistanceMs = Number.POSITIVE_INFINITY,
): [number, number][] {
  const [a, b] = [left[0], right[0]];
  if (left.length === 1 && right.length === 1 && a !== undefined && b !== undefined) {
    return Math.abs(a - b) <= maxDistanceMs ? [[0, 0]] : [];
  }
  return pairAlongTheLine(left, right, maxDistanceMs);
}

function pairAlongTheLine(
  left: readonly number[],
  right: readonly number[],
  maxDistanceMs: number,
): [number, number][] {
  const line = timeLine(left, right);
  const candidates: Candidate[] = [];
  const consider = (a: number, b: number) => {
    const first = line[a];
    const second = line[b];
    if (!first || !second || first.isLeft === second.isLeft) return;
    const distanceMs = second.atMs - first.atMs;
    if (distanceMs <= maxDistanceMs) push(candidates, { distanceMs, a, b });
  };
  for (let position = 1; position < line.length; position += 1) consider(position - 1, position);

  const pairs: [number, number][] = [];
  for (let closest = pop(candidates); closest; closest = pop(candidates)) {
    const a = line[closest.a] as Point;
    const b = line[closest.b] as Point;
    if (a.isTaken || b.isTaken) continue;
    a.isTaken = true;
    b.isTaken = true;
    pairs.push(a.isLeft ? [a.index, b.index] : [b.index, a.index]);
    const before = line[a.previous];
    const after = line[b.next];
    if (before) before.next = b.next;
    if (after) after.previous = a.previous;
    consider(a.previous, b.next);
  }
  return pairs;
}

/** Both sides on one line. Those at the same time alternate, so that equals are paired in their order. */
function timeLine(left: readonly number[], right: readonly number[]): Point[] {
  const points = [...ranked(left, true), ...ranked(right, false)];
  points.sort((a, b) => a.atMs - b.atMs || a.rank - b.rank || Number(b.isLeft) - Number(a.isLeft));
  return points.map(({ atMs, isLeft, index }, place) => {
    return { atMs, isLeft, index, previous: place - 1, next: place + 1, isTaken: false };
  });
}

/** `rank` counts those of one side that are at the same time. */
function ranked(side: readonly number[], isLeft: boolean) {
  let first = 0;
  return side.map((atMs, index) => {
    if (atMs !== side[first]) first = index;
    return { atMs, isLeft, index, rank: index - first };
  });
}

const isBefore = (a: Candidate, b: Candidate) =>
  a.distanceMs !== b.distanceMs ? a.distanceMs < b.distanceMs : a.a !== b.a ? a.a < b.a : a.b < b.b;

/** Adds to a binary heap. */
function push(heap: Candidate[], candidate: Candidate): void {
  let at = heap.length;
  heap.push(candidate);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(candidate, heap[parent] as Candidate)) break;
    heap[at] = heap[parent] as Candidate;
    at = parent;
  }
  heap[at] = candidate;
}

/** Takes the smallest from a binary heap. */
function pop(heap: Candidate[]): Candidate | undefined {
  const smallest = heap[0];
  const last = heap.pop();
  if (heap.length === 0 || !last) return smallest;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    const right = heap[child + 1];
    if (right && isBefore(right, heap[child] as Candidate)) child += 1;
    if (child >= heap.length || !isBefore(heap[child] as Candidate, last)) break;
    heap[at] = heap[child] as Candidate;
    at = child;
  }
  heap[at] = last;
  return smallest;
}
