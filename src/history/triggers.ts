/** The optional triggers, by which also changes made by hand in SQL write their history. */
import { sql } from 'drizzle-orm';
import type { Database, Executor } from '../db/client.ts';
import { displayName, liveName, versionedTables } from './tables.ts';

/**
 * Switches the triggers on or off, on all tables with a history. Off is off wherever they are, also on a table whose
 * history is elsewhere since it was renamed.
 *
 * @returns the quoted names of the tables that were left as they are, as only their owner can do it
 */
export async function setTriggers(database: Database, enabled: boolean): Promise<string[]> {
  return database.orm.transaction(async (tx) => {
    const others = enabled ? [] : await tablesWithTriggers(tx);
    const foreign: string[] = [];
    for (const name of new Set([...(await versionedTables(tx)), ...others].map(liveName))) {
      const live = sql`${name}::regclass`;
      const [row] = await tx.execute<{ own: boolean }>(
        sql`select pg_has_role(relowner, 'usage') as own from pg_class where oid = ${live}`,
      );
      if (row?.own) await tx.execute(sql`select greenroom.history_triggers(${live}, ${enabled})`);
      else foreign.push(name);
    }
    return foreign;
  });
}

/** Every table with a history, and whether its triggers are on. */
export async function triggersState(executor: Executor): Promise<{ table: string; triggers: boolean }[]> {
  const on = new Set((await tablesWithTriggers(executor)).map(liveName));
  const tables = await versionedTables(executor);
  return tables.map((table) => ({ table: displayName(table), triggers: on.has(liveName(table)) }));
}

async function tablesWithTriggers(executor: Executor): Promise<{ schema: string; name: string }[]> {
  return executor.execute<{ schema: string; name: string }>(sql`
    select distinct n.nspname as schema, c.relname as name
      from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
     where t.tgname = 'greenroom_history_update' and t.tgenabled <> 'D'`);
}
