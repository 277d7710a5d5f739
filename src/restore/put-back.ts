/** The set statements that make one table of a conference equal to what it was; they say which rows they touched. */
import { sql } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/pg-core';
import type { Tx } from '../db/client.ts';
import { keyColumnsOf } from '../db/statements.ts';
import type { Recorder } from '../history/record.ts';
import { quoted } from '../history/tables.ts';
import { endOfMillisecond } from '../moment.ts';
import type { Target } from './targets.ts';

export interface Differences {
  /** How many rows are there now. */
  existing: number;
  added: string[];
  changed: string[];
  removed: string[];
}

/** The temporary table that a table is laid out in. */
export const was = (name: string) => `pg_temp.greenroom_was_${name}`;

/**
 * Lays what the table was beside it, as a temporary table. Of a row that was deleted by hand and mirrored again before
 * anybody recorded that, the history has both: the one that was made last is the one that was there.
 */
export async function layOut(
  tx: Tx,
  { name, key, parent }: Target,
  conferenceId: number,
  asOf: Date,
): Promise<void> {
  const from = `greenroom.${name}_as_of('${endOfMillisecond(asOf)}'::timestamptz) t`;
  const ofConference = parent
    ? `t.${parent.column} in (select id from ${was(parent.name)})`
    : `t.conference_id = ${conferenceId}`;
  await tx.execute(
    sql.raw(
      `create temporary table ${was(name)} on commit drop as select t.* from ${from} where ${ofConference}`,
    ),
  );
  if (parent) return;
  await tx.execute(
    sql.raw(`delete from ${was(name)} t using ${was(name)} o where o.${key} = t.${key} and o.id > t.id`),
  );
}

/** What of the table would be added, changed and removed, by the keys that people know. */
export async function compare(tx: Tx, target: Target, conferenceId: number): Promise<Differences> {
  const { name, key, isThere } = target;
  const live = `(select * from greenroom.${name} l where ${ofConference(target, conferenceId)})`;
  const there = (alias: string) => `(${alias}.${idOf(target)} is not null and ${isThere(alias)})`;
  const rows = await tx.execute<{ kind: keyof Omit<Differences, 'existing'>; keys: string[] }>(
    sql.raw(`
    select kind, array_agg(key order by key) as keys from (
      select coalesce(l.${key}, t.${key})::text as key,
             case when ${there('l')} and not ${there('t')} then 'removed' when ${there('t')} and not ${there('l')} then 'added'
                  when ${there('l')} and ${there('t')} and ${differs(target)} then 'changed' end as kind
        from ${live} l full join ${was(name)} t on ${sameRow(target)}) d
     where kind is not null group by kind`),
  );
  const [count] = await tx.execute<{ existing: number }>(
    sql.raw(`select count(*) as existing from ${live} l where ${isThere('l')}`),
  );
  const found = Object.fromEntries(rows.map(({ kind, keys }) => [kind, keys]));
  return { existing: count?.existing ?? 0, added: [], changed: [], removed: [], ...found };
}

/** Deletes the rows that were not there. */
export async function deleteOthers(
  tx: Tx,
  history: Recorder,
  target: Target,
  conferenceId: number,
): Promise<void> {
  const keys = await touched(
    tx,
    target,
    `delete from greenroom.${target.name} l where ${ofConference(target, conferenceId)}
        and not exists (select from ${was(target.name)} t where ${sameRow(target)}) returning ${keyNames(target, 'l')}`,
  );
  history.deleted(target.table, keys);
}

/** Makes, and changes back, the rows that were there; marks as removed those that were not. */
export async function putBack(
  tx: Tx,
  history: Recorder,
  target: Target,
  conferenceId: number,
): Promise<void> {
  const { table, name } = target;
  const columns = columnNames(target);
  const list = columns.map(quoted).join(', ');
  await giveWay(tx, target);
  const inserted = await touched(
    tx,
    target,
    `insert into greenroom.${name} (${list}) overriding system value
     select ${list} from ${was(name)} t where not exists (select from greenroom.${name} l where ${sameRow(target)})
     returning ${keyNames(target, name)}`,
  );
  const values = columns
    .filter((column) => !keyColumns(target).includes(column))
    .map((column) => `${quoted(column)} = ${column === 'changed_at' ? 'now()' : `t.${quoted(column)}`}`);
  const updated =
    values.length === 0
      ? []
      : await touched(
          tx,
          target,
          `update greenroom.${name} l set ${values.join(', ')} from ${was(name)} t
            where ${sameRow(target)} and ${differs(target)} returning ${keyNames(target, 'l')}`,
        );
  const placeless =
    name === 'talks' ? ', room_id = null, slot_start = null, slot_end = null, placed_by = null' : '';
  const marked = target.kept
    ? await touched(
        tx,
        target,
        `update greenroom.${name} l set removed_at = now(), changed_at = now()${placeless}
          where ${ofConference(target, conferenceId)} and l.removed_at is null
            and not exists (select from ${was(name)} t where ${sameRow(target)}) returning ${keyNames(target, 'l')}`,
      )
    : [];
  history.insertedAgain(table, inserted);
  history.updated(table, [...updated, ...marked]);
}

/** Rows that had another unique value let go of the one that they have, for the row that had it. */
async function giveWay(tx: Tx, target: Target): Promise<void> {
  const { name, passedOn = [] } = target;
  if (passedOn.length === 0) return;
  const rowOf = (alias: string) => `(${passedOn.map((column) => `${alias}.${column}`).join(', ')})`;
  const values = passedOn.map((column) => `${column} = '~' || l.id`).join(', ');
  await tx.execute(
    sql.raw(
      `update greenroom.${name} l set ${values} from ${was(name)} t where ${sameRow(target)} and ${rowOf('l')} <> ${rowOf('t')}`,
    ),
  );
}

const keyColumns = ({ table }: Target) => keyColumnsOf(table).map((column) => column.name);
const idOf = (target: Target) => quoted(keyColumns(target)[0] as string);
const columnNames = ({ table }: Target) => getTableConfig(table).columns.map((column) => column.name);
const keyNames = (target: Target, alias: string) =>
  keyColumns(target)
    .map((column) => `${alias}.${quoted(column)}`)
    .join(', ');
const sameRow = (target: Target) =>
  keyColumns(target)
    .map((column) => `l.${quoted(column)} = t.${quoted(column)}`)
    .join(' and ');

function ofConference({ parent }: Target, conferenceId: number): string {
  if (!parent) return `l.conference_id = ${conferenceId}`;
  return `l.${parent.column} in (select id from greenroom.${parent.name} where conference_id = ${conferenceId})`;
}

/** When a row changed is not what it says: a restore is a change of its own. */
function differs(target: Target): string {
  const names = columnNames(target).filter((column) => column !== 'changed_at');
  const row = (alias: string) =>
    `row(${names.map((column) => `${alias}.${quoted(column)}`).join(', ')})::record`;
  return `${row('l')} operator(pg_catalog.*<>) ${row('t')}`;
}

async function touched(tx: Tx, target: Target, statement: string): Promise<unknown[][]> {
  const rows = await tx.execute<Record<string, unknown>>(sql.raw(statement));
  return rows.map((row) => keyColumns(target).map((column) => row[column]));
}
