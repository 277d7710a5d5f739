/**
 * What an earlier reconcile found equal need not be compared again: a live row and a version that both are as they were
 * then still are equal. PostgreSQL says so itself. A row is never changed in place, a changed one is a new row with
 * the number of the transaction that wrote it (`xmin`), so one line a table is all that is kept: the transactions that
 * had ended when everything was compared. See docs/decisions/what-was-found-equal.md.
 */
import { type SQL, sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { liveName, versionsName } from '../tables.ts';
import type { Matching } from './options.ts';

/** What is known of a table. */
export interface FoundEqual {
  live: number;
  /** Which tables and columns it is about; null where nothing can be concluded from the rows' transactions. */
  shape: string | null;
  /** All transactions before this one had ended when the rows were compared; null when they never were. */
  before: string | null;
  /** The transaction that compared them; it wrote versions that are equal to their rows. */
  by: string | null;
}

/** Numbers of transactions come again after 2^32, and can be ordered within half of that. */
const COMPARABLE = 2_000_000_000;

/** What earlier reconciles found out about these tables, in their order. */
export async function readFoundEqual(
  tx: Executor,
  matchings: readonly Matching[],
): Promise<(FoundEqual | undefined)[]> {
  const [granted] = await tx.execute<{ all: boolean }>(sql`
    select has_function_privilege('pg_catalog.pg_control_system()', 'execute')
       and has_table_privilege('greenroom.found_equal', 'select')
       and has_table_privilege('greenroom.found_equal', 'insert')
       and has_table_privilege('greenroom.found_equal', 'update') as all`);
  if (!granted?.all) return matchings.map(() => undefined);
  const asked = matchings.map(({ table: { columns, keyColumns }, table }, at) => {
    return { at, live: liveName(table), versions: versionsName(table), columns, key: keyColumns };
  });
  const rows = await tx.execute<FoundEqual & { at: number } & Record<string, unknown>>(sql`
    with asked as (
      select at, live::regclass::oid as live, versions::regclass::oid as versions, columns, key
        from json_to_recordset(${JSON.stringify(asked)}::json) as t(at int, live text, versions text, columns jsonb, key jsonb)),
    shaped as (
      select at, live, case when ${isSteady(sql`live`)} and ${isSteady(sql`versions`)} and ${keepsWhatIsWritten}
                             and ${namesOf(sql`live`)} = columns and ${hasBytewiseKey}
                            then md5(concat_ws('/', (select system_identifier from pg_control_system()), live, versions, key,
                                               ${columnsNow(sql`live`)}, ${columnsNow(sql`versions`)})) end as shape
        from asked)
    select s.at, s.live::int8 as live, s.shape, f.before::text as before, f.by::text as by
      from shaped s left join greenroom.found_equal f
        on f.live = s.live and f.shape = s.shape and f.xmin = f.by::xid
       and pg_snapshot_xmax(pg_current_snapshot())::text::int8 - f.before::text::int8 between 0 and ${COMPARABLE}
     order by s.at`);
  return rows.map(({ live, shape, before, by }) => ({ live, shape, before, by }));
}

/** The condition that a row of `alias` is as it was when it was found equal. */
export function isAsFound({ before, by }: FoundEqual, alias: string): string {
  return `(age(${alias}.xmin) > age(xid8 '${before}'::xid) or ${alias}.xmin = xid8 '${by}'::xid)`;
}

/** Keeps that every row of these tables is equal to its latest version, in the snapshot of this transaction. */
export async function rememberFoundEqual(tx: Executor, found: readonly FoundEqual[]): Promise<void> {
  const provable = found.filter(({ shape }) => shape !== null);
  if (provable.length === 0) return;
  await tx.execute(sql`
    insert into greenroom.found_equal as f (live, shape, before, by)
    select live::oid, shape, pg_snapshot_xmin(pg_current_snapshot()), pg_current_xact_id()
      from json_to_recordset(${JSON.stringify(provable)}::json) as t(live int8, shape text)
    on conflict (live) do update set shape = excluded.shape, before = excluded.before, by = excluded.by`);
}

/** Rows that PostgreSQL itself keeps, in one heap, none of them hidden by a policy, no value of them computed when read. */
function isSteady(table: SQL): SQL {
  return sql`exists (
    select from pg_class c join pg_am m on m.oid = c.relam
     where c.oid = ${table} and c.relkind = 'r' and m.amname = 'heap' and not c.relhassubclass
       and not row_security_active(c.oid)
       and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attgenerated = 'v'))`;
}

/** What is written into the version table is what is in it: no trigger and no rule of a user stands between. */
const keepsWhatIsWritten = sql`not exists (
    select from pg_class c where c.oid = versions
       and (c.relhasrules or exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal)
            or exists (select from pg_attribute a where a.attrelid = c.oid and a.attgenerated <> '')))`;

/** Which row belongs to which version does not depend on a library's idea of equal texts. */
const hasBytewiseKey = sql`not exists (
    select from pg_attribute a join pg_collation l on l.oid = a.attcollation
     where a.attrelid = live and key ? a.attname::text and not l.collisdeterministic)`;

function namesOf(table: SQL): SQL {
  return sql`(select jsonb_agg(attname order by attnum) from pg_attribute
               where attrelid = ${table} and attnum > 0 and not attisdropped)`;
}

/** The number of a column tells one that was dropped and made again, or added with a default, from the old one. */
function columnsNow(table: SQL): SQL {
  return sql`(select json_agg(json_build_array(attnum, attname, atttypid, atttypmod, attcollation) order by attnum)
                from pg_attribute where attrelid = ${table} and attnum > 0 and not attisdropped)`;
}
