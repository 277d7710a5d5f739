/** The versions of things over the transactions that a feed looks at. */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { OPERATION } from '../operation.ts';
import type { ChangesOptions, Finding } from './change.ts';
import { type Group, inRange } from './groups.ts';

export interface Version {
  transaction_id: number;
  operation_type: number;
}

/** Key → its versions, oldest first. */
export type Timeline<V extends Version> = Map<string, V[]>;

/** What a feed is about: one conference, its groups, and the transactions that they span. */
export interface Scope {
  executor: Executor;
  conferenceId: number;
  options: ChangesOptions;
  groups: Group[];
  first: number;
  last: number;
}

/** What one kind of thing contributes to the feed: what of it changed in a group. */
export type FindingsOf = (group: Group) => Finding[];

/** `v.transaction_id in (…)`: versions that the groups wrote. */
export function writtenInRange(scope: Scope): SQL {
  return sql`v.transaction_id in (select t.id from greenroom.transactions t where ${inRange(scope.conferenceId, scope.options)})`;
}

/** Versions that were valid at some time between the first group's beginning and the last one's end. */
export function validInRange(scope: Scope): SQL {
  return sql`v.transaction_id <= ${scope.last} and coalesce(v.end_transaction_id, 9223372036854775807) >= ${scope.first}`;
}

/** The order in which a thing's versions are read: a row that a transaction deletes makes room for one that it makes. */
export const oldestFirst: SQL = sql`order by v.transaction_id, v.operation_type = ${OPERATION.delete} desc, v.id`;

/**
 * Reads the versions of rows into a timeline by what people know them by. A row that was deleted by hand and mirrored
 * again has another id, and its deletion may be recorded later than that: then it says nothing of the thing.
 */
export async function readThings<V extends Version & { id: number }>(
  executor: Executor,
  keyOf: (version: V) => string,
  query: SQL,
): Promise<Timeline<V>> {
  const timeline = await readTimeline<V>(executor, keyOf, query);
  for (const [key, versions] of timeline) {
    if (versions.some(({ id }) => id !== versions[0]?.id)) timeline.set(key, withoutLateDeletions(versions));
  }
  return timeline;
}

/** Ids grow, so that of two rows the later one is known also when it was made before the range. */
function withoutLateDeletions<V extends Version & { id: number }>(versions: V[]): V[] {
  const made = new Set<number>();
  let madeLast = 0;
  return versions.filter(({ id, operation_type }) => {
    if (operation_type === OPERATION.delete) return id === madeLast || (!made.has(id) && id > madeLast);
    made.add(id);
    madeLast = id;
    return true;
  });
}

/** The versions of things by the ids of the rows that they had. */
export function byRow<V extends Version & { id: number }>(things: Timeline<V>): Map<number, V[]> {
  return new Map([...things.values()].flatMap((versions) => versions.map(({ id }) => [id, versions])));
}

/** Reads versions into a timeline. */
export async function readTimeline<V extends Version>(
  executor: Executor,
  keyOf: (version: V) => string,
  query: SQL,
): Promise<Timeline<V>> {
  const rows = (await executor.execute(query)) as unknown as V[];
  return Map.groupBy(rows, keyOf);
}

/** What was valid after this transaction; undefined when there was nothing, or it was deleted. */
export function stateAt<V extends Version>(
  versions: readonly V[] | undefined,
  transactionId: number,
): V | undefined {
  const last = versions?.findLast((version) => version.transaction_id <= transactionId);
  return last?.operation_type === OPERATION.delete ? undefined : last;
}

/** The states before and after a group. */
export function around<V extends Version>(
  versions: readonly V[] | undefined,
  group: Group,
): { before: V | undefined; after: V | undefined } {
  return { before: stateAt(versions, group.first - 1), after: stateAt(versions, group.last) };
}

/** What a group wrote of these things, so that it has to be looked at. All things are gone through once, not once a group. */
export function writesOf<V extends Version>(things: Iterable<V[]>): (group: Group) => V[][] {
  const writes = [...things].flatMap((versions) => versions.map((version) => ({ version, versions })));
  const byTransaction = Map.groupBy(writes, ({ version }) => version.transaction_id);
  return (group) => {
    const written = group.transactions.flatMap((id) => byTransaction.get(id) ?? []);
    const touched = new Set(written.map(({ versions }) => versions));
    return [...touched].filter((versions) => !isCutOff(versions, group));
  };
}

/** Whether the history was purged up to the group: what it made of the thing is known, and not of what. */
export function isCutOff(versions: readonly Version[] | undefined, group: Group): boolean {
  const [first] = versions ?? [];
  return (
    first !== undefined && first.transaction_id >= group.first && first.operation_type !== OPERATION.insert
  );
}
