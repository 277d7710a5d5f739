/** A submission type that got another name, or is shown in another language, is the same to its visitors. */
import { sql } from 'drizzle-orm';
import type { Tx } from '../../db/client.ts';
import { activities } from '../../db/schema/index.ts';
import type { Recorder } from '../../history/record.ts';
import type { ActivityRow } from '../../programme/activities.ts';

interface StoredActivity {
  id: number;
  submissionType: string;
}

/**
 * Gives activities whose type has another name now that name: of the types without an activity, it is that with most
 * of their talks.
 *
 * @param types names of the event's submission types, those of removed ones too
 * @returns whether there were any
 */
export async function followRenamedTypes(
  tx: Tx,
  history: Recorder,
  stored: readonly StoredActivity[],
  wanted: readonly ActivityRow[],
  types: ReadonlySet<string>,
): Promise<boolean> {
  const has = (rows: readonly { submissionType: string }[], type: string) =>
    rows.some((row) => row.submissionType === type);
  const left = stored.filter(({ submissionType: type }) => !has(wanted, type) && !types.has(type));
  const added = wanted.filter((row) => !has(stored, row.submissionType));
  if (left.length === 0 || added.length === 0) return false;
  const links = await tx.execute<{ activity_id: number; talk_id: number }>(sql`
    select activity_id, talk_id from greenroom.activity_talks
     where activity_id = any(${sql.param(left.map((row) => row.id))}::bigint[])`);
  const renamed: { id: number; type: string }[] = [];
  const free = new Map(added.map(({ submissionType, talkIds }) => [submissionType, new Set(talkIds)]));
  for (const { id } of left) {
    const own = links.filter((link) => link.activity_id === id).map((link) => link.talk_id);
    const shared = [...free].map(([type, ids]) => ({
      type,
      talks: own.filter((talk) => ids.has(talk)).length,
    }));
    const [most] = shared.filter(({ talks }) => talks > 0).sort((a, b) => b.talks - a.talks);
    if (!most) continue;
    free.delete(most.type);
    renamed.push({ id, type: most.type });
  }
  if (renamed.length === 0) return false;
  await tx.execute(sql`
    update greenroom.activities a set submission_type = r.type, changed_at = now()
      from json_to_recordset(${JSON.stringify(renamed)}::json) as r(id bigint, type text) where a.id = r.id`);
  history.updated(
    activities,
    renamed.map(({ id }) => [id]),
  );
  return true;
}
