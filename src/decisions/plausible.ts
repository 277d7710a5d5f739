/** What makes an override impossible although each of its values alone can be. */
import { sql } from 'drizzle-orm';
import type { Tx } from '../db/client.ts';
import type { OverrideEntity } from '../db/schema/index.ts';
import { NotFoundError, UsageError } from '../errors.ts';

/** @throws NotFoundError when the conference has no such room */
export async function checkRoom(
  tx: Tx,
  conference: { id: number; slug: string },
  pretalxId: number,
): Promise<void> {
  const [found] = await tx.execute(sql`
    select from greenroom.rooms
     where conference_id = ${conference.id} and pretalx_id = ${pretalxId} and removed_at is null`);
  if (found) return;
  throw new NotFoundError(`The mirror of ${conference.slug} has no room with the pretalx id ${pretalxId}.`);
}

const periods: Partial<Record<OverrideEntity, { view: string; key: string; start: string; end: string }>> = {
  talk: { view: 'effective_talks', key: 'pretalx_code', start: 'slot_start', end: 'slot_end' },
  slot: { view: 'effective_slots', key: 'slot_key', start: 'start_at', end: 'end_at' },
};

/**
 * Holds a thing's times, as they are with the overrides just set, against each other.
 *
 * @throws UsageError when it would end before it starts, or have only one of the two
 */
export async function checkPeriod(
  tx: Tx,
  conference: { id: number },
  changed: { entity: OverrideEntity; key: string; fields: readonly string[] },
): Promise<void> {
  const { entity, key, fields } = changed;
  const period = periods[entity];
  if (!period || !(fields.includes(period.start) || fields.includes(period.end))) return;
  const [start, end] = [sql.identifier(period.start), sql.identifier(period.end)];
  const [row] = await tx.execute<{ ok: boolean }>(sql`
    select coalesce(${start} < ${end}, ${start} is null and ${end} is null) as ok
      from greenroom.${sql.identifier(period.view)}
     where conference_id = ${conference.id} and ${sql.identifier(period.key)} = ${key}`);
  if (row && !row.ok) {
    throw new UsageError(
      `${entity} "${key}" would not end after it starts. Give ${period.start} and ${period.end} together.`,
    );
  }
}
