/**
 * Rows that were deleted by hand and mirrored again have another id than they had. A restore changes the row that is
 * there, which websites point at by now: what was laid out takes its id, and all that points at it does too.
 */
import { sql } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/pg-core';
import type { Tx } from '../db/client.ts';
import { quoted } from '../history/tables.ts';
import { was } from './put-back.ts';
import { type Target, targets } from './targets.ts';

const ids = 'pg_temp.greenroom_other_ids';

/** Gives the rows laid out for a table the ids that their keys have today. */
export async function takeIdsOfToday(tx: Tx, target: Target, conferenceId: number): Promise<void> {
  if (!target.kept) return;
  const { name, key } = target;
  const { count } = await tx.execute(
    sql.raw(`
    create temporary table greenroom_other_ids on commit drop as
    select distinct v.id as before, l.id as today from greenroom.${name}_versions v
      join greenroom.${name} l on l.conference_id = v.conference_id and l.${key} = v.${key} and l.id <> v.id
     where v.conference_id = ${conferenceId}`),
  );
  if (count > 0) {
    await replaceIds(tx, name, 'id');
    for (const { name: other, column } of referencesTo(target)) await replaceIds(tx, other, column);
  }
  await tx.execute(sql.raw(`drop table ${ids}`));
}

async function replaceIds(tx: Tx, name: string, column: string): Promise<void> {
  await tx.execute(
    sql.raw(
      `update ${was(name)} t set ${quoted(column)} = o.today from ${ids} o where t.${quoted(column)} = o.before`,
    ),
  );
}

function referencesTo({ table }: Target): { name: string; column: string }[] {
  return targets.flatMap(({ name, table: other }) =>
    getTableConfig(other)
      .foreignKeys.map((foreignKey) => foreignKey.reference())
      .filter(({ foreignTable }) => foreignTable === table)
      .map(({ columns }) => ({ name, column: columns[0]?.name as string })),
  );
}
