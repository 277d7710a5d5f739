/** Corrections as they were at a time: the feed tells what a website's readers see. */
import { sql } from 'drizzle-orm';
import type { Group } from './groups.ts';
import {
  readTimeline,
  type Scope,
  stateAt,
  type Timeline,
  type Version,
  validInRange,
  writesOf,
} from './timeline.ts';

interface OverrideVersion extends Version {
  entity: string;
  key: string;
  field: string;
  value: unknown;
}

export type Fields = Record<string, unknown>;

export interface Overrides {
  /** The fields that are overridden after this transaction. */
  at(entity: string, key: string, transactionId: number): Fields;
  /** Keys whose overrides the group changed. */
  changedBy(entity: string, group: Group): string[];
  /** Keys whose overrides any group changed. */
  changed(entity: string): string[];
}

/** Reads the conference's overrides over the scope. */
export async function readOverrides(scope: Scope): Promise<Overrides> {
  const byThing = new Map<string, Timeline<OverrideVersion>>();
  const all = await readTimeline<OverrideVersion>(
    scope.executor,
    (v) => JSON.stringify([v.entity, v.key, v.field]),
    sql`select entity, key, field, value, transaction_id, operation_type from greenroom.overrides_versions v
         where v.conference_id = ${scope.conferenceId} and ${validInRange(scope)} order by v.transaction_id, v.entity, v.key, v.field`,
  );
  for (const versions of all.values()) {
    const { entity, key, field } = versions[0] as OverrideVersion;
    const thing = `${entity}/${key}`;
    byThing.set(thing, (byThing.get(thing) ?? new Map()).set(field, versions));
  }
  const writtenBy = writesOf(all.values());
  const changedBy = (entity: string, group: Group) => {
    const changed = writtenBy(group).filter((versions) => versions[0]?.entity === entity);
    return [...new Set(changed.map((versions) => versions[0]?.key as string))];
  };
  return {
    at(entity, key, transactionId) {
      const fields: Fields = {};
      for (const [field, versions] of byThing.get(`${entity}/${key}`) ?? []) {
        const state = stateAt(versions, transactionId);
        if (state) fields[field] = state.value;
      }
      return fields;
    },
    changedBy,
    changed: (entity) => [...new Set(scope.groups.flatMap((group) => changedBy(entity, group)))],
  };
}

/** What a group wrote of these things, and those whose overrides it changed. */
export function touchesOf<V extends Version & { key: string }>(
  things: readonly V[][],
  entity: string,
  overrides: Overrides,
): (group: Group) => V[][] {
  const writtenBy = writesOf(things);
  const byKey = Map.groupBy(things, (versions) => versions[0]?.key);
  return (group) => {
    const overridden = overrides.changedBy(entity, group).flatMap((key) => byKey.get(key) ?? []);
    return [...new Set([...writtenBy(group), ...overridden])];
  };
}
