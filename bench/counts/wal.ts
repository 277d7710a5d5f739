/** WAL bytes: all between two moments, and those that touch mirrored tables, which pg_walinspect tells apart. */
import type { Database } from '../../src/db/client.ts';
import { mirroredTables, versionTables } from '../../test/support/mirrored-tables.ts';

export async function walPosition({ sql }: Database): Promise<string> {
  const [row] = await sql`select pg_current_wal_lsn()::text as lsn`;
  return row?.lsn as string;
}

export async function walBytes({ sql }: Database, from: string, to: string): Promise<number> {
  const [row] = await sql`select (${to}::pg_lsn - ${from}::pg_lsn)::float8 as bytes`;
  return row?.bytes as number;
}

/**
 * Records that changed mirrored tables or their versions, with their indexes and long texts. Whole pages that
 * PostgreSQL adds after a checkpoint are its own and don't count, nor do hints.
 *
 * @returns undefined where the server has no pg_walinspect of PostgreSQL 16 or newer, or doesn't let us
 */
export async function walBytesOfMirror(
  { sql }: Database,
  from: string,
  to: string,
): Promise<number | undefined> {
  const tables = [...mirroredTables, ...versionTables].map((table) => `greenroom.${table}`);
  try {
    await sql`create extension if not exists pg_walinspect`;
    const [row] = await sql`
      with tables as (
        select oid, reltoastrelid from pg_class where oid = any(${tables}::regclass[])
      ), heaps as (select oid from tables union select reltoastrelid from tables where reltoastrelid <> 0),
      relations as (select oid from heaps union select indexrelid from pg_index where indrelid in (select oid from heaps))
      select coalesce(sum(distinct_bytes), 0)::float8 as bytes from (
        select start_lsn, max(record_length) - sum(block_fpi_length) as distinct_bytes
          from pg_get_wal_block_info(${from}::pg_lsn, ${to}::pg_lsn)
         where relfilenode in (select pg_relation_filenode(oid) from relations) and record_type <> 'FPI_FOR_HINT'
           and reldatabase = (select oid from pg_database where datname = current_database())
         group by start_lsn) records`;
    return row?.bytes as number;
  } catch {
    return undefined;
  }
}
