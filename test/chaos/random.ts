/** Random numbers that come again with the same seed. */
export interface Random {
  /** From 0 to below 1. */
  next(): number;
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  /** One of them, each as likely as the others. */
  pick<T>(from: readonly T[]): T;
  /** One of them, as likely as its weight says. */
  weighted<T extends { weight: number }>(from: readonly T[]): T;
}

/** A seed that nobody chose. */
export function anySeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

/** A sequence from a seed; each `name` has its own, so that what one does never shifts what another draws. */
export function randomOf(seed: number, name: string): Random {
  let state = [...name].reduce((mixed, letter) => Math.imul(mixed, 31) + letter.charCodeAt(0), seed) | 0;
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    let bits = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    pick: <T>(from: readonly T[]) => from[below(from.length)] as T,
    weighted<T extends { weight: number }>(from: readonly T[]): T {
      let left = next() * from.reduce((sum, { weight }) => sum + weight, 0);
      for (const each of from) {
        left -= each.weight;
        if (left < 0) return each;
      }
      return from.at(-1) as T;
    },
  };
}
