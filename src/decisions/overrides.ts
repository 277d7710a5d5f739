/** Corrections that outlive syncs: set, listed, cleared. The effective views show them; the mirror stays as upstream has it. */
import { and, asc, eq, getTableColumns, inArray, sql } from 'drizzle-orm';
import type { Executor, Tx } from '../db/client.ts';
import { rowJson } from '../db/row-json.ts';
import { type ConferenceRow, type OverrideEntity, overrides } from '../db/schema/index.ts';
import { excluded, wouldChange } from '../db/statements.ts';
import { NotFoundError, UsageError } from '../errors.ts';
import { withTransaction } from '../history/record.ts';
import { fieldNamed, type OverrideValue, overridable, readField } from './fields.ts';
import { checkPeriod, checkRoom } from './plausible.ts';
import { upstreamValues } from './upstream-values.ts';

export type OverrideRow = typeof overrides.$inferSelect;
type Conference = Pick<ConferenceRow, 'id' | 'slug' | 'timezone'>;

export interface OverrideRequest {
  /** `talk`, `speaker`, `room` or `slot`; text from outside, so checked here. */
  entity: string;
  /** A talk's or speaker's code, a room's pretalx id, a slot's slot_key. */
  key: string;
  /** `['title=New title', …]`, or the same as an object. */
  fields: readonly string[] | Readonly<Record<string, string>>;
  reason?: string | undefined;
  setBy: string;
  remoteAddr?: string | undefined;
}

/**
 * Sets one or more fields of one thing, all or none. Setting a field again takes upstream's value of now as its base;
 * what is set as it is already stays as it is.
 *
 * @returns those that were asked for, by field
 * @throws UsageError naming the field and what is expected
 * @throws NotFoundError when the mirror has nothing with that key, or no such room
 */
export async function setOverrides(
  database: { orm: Executor },
  conference: Conference,
  request: OverrideRequest,
): Promise<OverrideRow[]> {
  const entity = readEntity(request.entity);
  const values = readFields(entity, request.fields, conference.timezone);
  const { key, reason = null, setBy } = request;
  const info = {
    actor: setBy,
    remoteAddr: request.remoteAddr ?? null,
    comment: reason,
    conferenceId: conference.id,
  };
  return withTransaction(database, info, async (tx, history) => {
    const base = await upstreamOf(tx, conference, entity, key);
    if (typeof values.room === 'number') await checkRoom(tx, conference, values.room);
    const rows = Object.entries(values).map(([field, value]) => ({
      conferenceId: conference.id,
      entity,
      key,
      field,
      value: sql`${JSON.stringify(value)}::text::jsonb`,
      baseValue: sql`${JSON.stringify(base[field] ?? null)}::text::jsonb`,
      reason,
      setBy,
      setAt: sql`clock_timestamp()`,
    }));
    const written = await tx
      .insert(overrides)
      .values(rows)
      .onConflictDoUpdate({
        target: [overrides.conferenceId, overrides.entity, overrides.key, overrides.field],
        set: Object.fromEntries(
          (['value', 'baseValue', 'reason', 'setBy', 'setAt'] as const).map((name) => [
            name,
            excluded(overrides[name]),
          ]),
        ),
        setWhere: wouldChange([overrides.value, overrides.baseValue, overrides.reason]),
      })
      .returning({ ...getTableColumns(overrides), inserted: sql<boolean>`xmax = 0` });
    for (const { inserted, ...row } of written) {
      if (inserted) history.inserted(overrides, [keyOf(row)]);
      else history.updated(overrides, [keyOf(row)]);
    }
    await checkPeriod(tx, conference, { entity, key, fields: Object.keys(values) });
    return tx
      .select()
      .from(overrides)
      .where(and(ofThing(conference, entity, key), inArray(overrides.field, Object.keys(values))))
      .orderBy(asc(overrides.field));
  });
}

/** By entity, key and field. */
export function listOverrides(
  executor: Executor,
  conference: Pick<Conference, 'id'>,
): Promise<OverrideRow[]> {
  return executor
    .select()
    .from(overrides)
    .where(eq(overrides.conferenceId, conference.id))
    .orderBy(asc(overrides.entity), asc(overrides.key), asc(overrides.field));
}

/**
 * Takes the overrides of one thing away, all or those of `fields`.
 *
 * @returns those that were there
 * @throws UsageError for an unknown entity or field @throws NotFoundError when there is nothing to clear
 */
export async function clearOverrides(
  database: { orm: Executor },
  conference: Conference,
  request: {
    entity: string;
    key: string;
    fields?: readonly string[] | undefined;
    clearedBy: string;
    remoteAddr?: string | undefined;
  },
): Promise<OverrideRow[]> {
  const entity = readEntity(request.entity);
  const { key, fields = [], clearedBy } = request;
  for (const name of fields) fieldNamed(entity, name);
  const info = { actor: clearedBy, remoteAddr: request.remoteAddr ?? null, conferenceId: conference.id };
  return withTransaction(database, info, async (tx, history) => {
    const cleared = await tx
      .delete(overrides)
      .where(
        and(
          ofThing(conference, entity, key),
          fields.length > 0 ? inArray(overrides.field, [...fields]) : undefined,
        ),
      )
      .returning();
    if (cleared.length === 0) {
      const what = fields.length > 0 ? ` of ${fields.join(', ')}` : '';
      throw new NotFoundError(
        `${conference.slug}: ${entity} "${key}" has no override${what}. See: greenroom override list ${conference.slug}`,
      );
    }
    history.deleted(overrides, cleared.map(keyOf));
    return cleared;
  });
}

/** A row with the columns' names. */
export function overrideJson(row: OverrideRow): Record<string, unknown> {
  return rowJson(overrides, row);
}

const ofThing = (conference: Pick<Conference, 'id'>, entity: OverrideEntity, key: string) =>
  and(eq(overrides.conferenceId, conference.id), eq(overrides.entity, entity), eq(overrides.key, key));
const keyOf = (row: OverrideRow) => [row.conferenceId, row.entity, row.key, row.field];

function readEntity(entity: string): OverrideEntity {
  if (Object.hasOwn(overridable, entity)) return entity as OverrideEntity;
  throw new UsageError(
    `There is nothing to override in a "${entity}". There are: ${Object.keys(overridable).join(', ')}.`,
  );
}

function readFields(entity: OverrideEntity, fields: OverrideRequest['fields'], timezone: string) {
  const pairs = Array.isArray(fields)
    ? fields.map(splitPair)
    : Object.entries(fields as Record<string, string>);
  if (pairs.length === 0) {
    throw new UsageError(
      `Name at least one field as field=value. A ${entity} has: ${Object.keys(overridable[entity]).join(', ')}.`,
    );
  }
  const values: Record<string, OverrideValue> = {};
  for (const [name, value] of pairs) {
    if (Object.hasOwn(values, name)) throw new UsageError(`${name} is given twice.`);
    values[name] = readField(entity, name, value, timezone);
  }
  return values;
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) throw new UsageError(`"${pair}" is not of the form field=value.`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

async function upstreamOf(tx: Tx, conference: Conference, entity: OverrideEntity, key: string) {
  const [row] = await tx.execute<{ fields: Record<string, OverrideValue> }>(sql`
    select fields from (${upstreamValues(entity)}) u where conference_id = ${conference.id} and key = ${key}`);
  if (row) return row.fields;
  throw new NotFoundError(`The mirror of ${conference.slug} has no ${entity} "${key}". ${keyHint[entity]}`);
}

const keyHint: Record<OverrideEntity, string> = {
  talk: "KEY is the talk's code, as in its pretalx address.",
  speaker: "KEY is the speaker's code, as in its pretalx address.",
  room: "KEY is the room's pretalx id.",
  slot: 'KEY is the slot_key of a visible slot.',
};
