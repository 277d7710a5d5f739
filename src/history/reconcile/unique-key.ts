/** Whether rows can be matched by columns other than the primary key. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import { UsageError } from '../../errors.ts';
import { displayName, liveName, quoted, type VersionedTable } from '../tables.ts';
import { exactJson } from './exact-json.ts';

/** @throws UsageError when the columns don't tell the live rows apart */
export async function requireUniqueKey(
  tx: Executor,
  table: VersionedTable,
  key: readonly string[],
): Promise<void> {
  const names = key.map(quoted).join(', ');
  const isNull = key.map((name) => `${quoted(name)} is null`).join(' or ');
  const [twice] = await tx.execute<{ key: string; rows: number }>(
    sql.raw(`
    select json_build_array(${names})::text as key, count(*) as rows from ${liveName(table)}
     group by ${names} having count(*) > 1 or ${isNull} limit 1`),
  );
  if (twice === undefined) return;
  throw new UsageError(
    `Rows of "${displayName(table)}" can't be matched by ${key.join(', ')}: ${twice.rows} have ${JSON.stringify(exactJson(twice.key))}. Choose columns that are unique and never null.`,
  );
}
