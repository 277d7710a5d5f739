/** Whether a user's table can be given a history, said before anything is made. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import { UsageError } from '../errors.ts';
import { isNamed, isOurs, keyAlteredReason, versionedTables } from './tables.ts';

interface Candidate extends Record<string, unknown> {
  schema: string;
  name: string;
  user: string;
  /** Columns that are named like those of a version. */
  reserved: string[];
  hasVersions: boolean;
  /** Something else has the version table's name. */
  isTaken: boolean;
  /** Whose the version table is, where it is not ours. */
  versionsOwner: string | null;
  /** A function that is not ours has the as-of function's name. */
  isAsOfTaken: boolean;
  isTooLong: boolean;
  /** Columns that the primary key's index only includes. */
  included: string[];
  mayRead: boolean;
  mayCreate: boolean;
  /** One of PostgreSQL's own. */
  isSystem: boolean;
}

/**
 * Refuses what `registerTable` could not do, and what would touch something of the user's. A table that is not there is
 * left to it.
 *
 * @param name as `registerTable` takes it
 * @throws UsageError saying what stands in the way, and what to do about it
 */
export async function requireRegistrable(executor: Executor, name: string): Promise<void> {
  const [table] = await executor.execute<Candidate>(sql`
    select n.nspname as schema, c.relname as name, current_user as user,
           array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and not a.attisdropped
                    and a.attname in ('transaction_id', 'end_transaction_id', 'operation_type') order by a.attnum) as reserved,
           coalesce(w.columns = 3, false) as "hasVersions", coalesce(w.columns <> 3, false) as "isTaken",
           w."versionsOwner",
           exists (select from pg_proc p where p.pronamespace = n.oid and p.proname = c.relname::text || '_as_of'
                    and p.proargtypes = array['timestamptz'::regtype::oid]::oidvector
                    and strpos(p.prosrc, 'greenroom.transactions') = 0) as "isAsOfTaken",
           array(select a.attname::text from pg_index i join pg_attribute a on a.attrelid = c.oid
                    and a.attnum = any ((i.indkey::int2[])[i.indnkeyatts:]) where i.indrelid = c.oid and i.indisprimary) as included,
           octet_length(c.relname::text || '_versions') > 63 as "isTooLong",
           has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') as "mayRead",
           has_schema_privilege(n.oid, 'create') as "mayCreate",
           n.nspname ~ '^pg_' or n.nspname = 'information_schema' as "isSystem"
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      left join lateral (
        select (select count(*) from pg_attribute a where a.attrelid = v.oid and not a.attisdropped
                    and a.attname in ('transaction_id', 'end_transaction_id', 'operation_type')) as columns,
               case when not ${isOurs} then pg_get_userbyid(v.relowner) end as "versionsOwner"
          from pg_class v where v.relnamespace = c.relnamespace and v.relname = c.relname::text || '_versions') w on true
     where ${isNamed(name)} order by c.oid limit 1`);
  const obstacle = table && (obstacleOf(table) ?? (await keyObstacleOf(executor, table)));
  if (obstacle !== undefined) throw new UsageError(`Table "${name}" can't be given a history: ${obstacle}`);
}

async function keyObstacleOf(executor: Executor, { schema, name }: Candidate): Promise<string | undefined> {
  const versioned = (await versionedTables(executor)).find(
    (table) => table.schema === schema && table.name === name,
  );
  return versioned?.keyAltered ? keyAlteredReason(versioned) : undefined;
}

function obstacleOf(table: Candidate): string | undefined {
  const { schema, name, user, reserved } = table;
  if (reserved.length === 3) return 'it is a version table itself.';
  if (table.isSystem) return 'it is one of PostgreSQL itself.';
  if (schema === 'greenroom' && !table.hasVersions)
    return 'it is what greenroom notes about its own work, and no part of the mirror.';
  if (reserved.length > 0)
    return `its versions need ${reserved.join(' and ')} for themselves. Give the table's column another name.`;
  if (table.isTooLong)
    return `the name of its version table would be longer than the 63 bytes that PostgreSQL allows. Give it a shorter name.`;
  if (table.isTaken)
    return `"${schema}.${name}_versions" is there already, and is no version table. Give that another name.`;
  if (table.versionsOwner !== null)
    return `"${schema}.${name}_versions" is there already, and belongs to the database user "${table.versionsOwner}", whose triggers would run as "${user}". Drop it, or have it handed over with: alter table ${schema}.${name}_versions owner to ${user}`;
  if (table.isAsOfTaken)
    return `"${schema}.${name}_as_of" is a function of yours already, and would be replaced. Give that another name.`;
  if (table.included.length > 0)
    return `its primary key includes ${table.included.join(' and ')}, which is no part of the key. Give it one that includes nothing, and a unique index that does.`;
  if (!table.mayRead)
    return `the database user "${user}" may not read it. Grant it usage of the schema, and select.`;
  if (!table.hasVersions && !table.mayCreate)
    return `the database user "${user}" may not make tables in schema "${schema}". Grant it create on that schema.`;
  return undefined;
}
