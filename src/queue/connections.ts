/** Connections to PostgreSQL that so many jobs at once need: a step holds one while it writes, and reads on others. */
export function connectionsFor(concurrency: number): number {
  return concurrency + 6;
}
