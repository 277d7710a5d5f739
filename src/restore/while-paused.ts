/** The pause that a restore makes, so that no sync begins before it has looked for one, nor undoes it afterwards. */
import { sql } from 'drizzle-orm';
import type { Database } from '../db/client.ts';
import { DatabaseUnavailableError, GreenroomError, rootOf } from '../errors.ts';
import type { ConferenceRow } from '../sync/context.ts';

/**
 * Pauses the conference and does `work`. A failure, or a result that needs no pause, takes that pause back, and no
 * other: one that somebody makes meanwhile has a time of its own.
 *
 * @throws what `work` throws; where the pause can't be taken back either, saying so too
 */
export async function whilePaused<R>(
  { orm }: Database,
  { id, slug }: ConferenceRow,
  work: () => Promise<R>,
  needsPause: (result: R) => boolean,
): Promise<R> {
  const [own] = await orm.execute<{ at: string }>(sql`
    update greenroom.conferences set paused_at = now() where id = ${id} and paused_at is null
    returning paused_at::text as at`);
  const takeBack = (at: string) =>
    orm.execute(sql`
      update greenroom.conferences set paused_at = null where id = ${id} and paused_at = ${at}::timestamptz`);
  try {
    const result = await work();
    if (own && !needsPause(result)) await takeBack(own.at);
    return result;
  } catch (error) {
    if (!own) throw error;
    try {
      await takeBack(own.at);
    } catch {
      throw stillPaused(error, slug);
    }
    throw error;
  }
}

function stillPaused(error: unknown, slug: string): unknown {
  const stays = `"${slug}" stays paused, since the database could not take that back; do it with: greenroom conference resume ${slug}`;
  if (error instanceof GreenroomError) {
    error.message += ` ${stays}`;
    return error;
  }
  const { message } = rootOf(error) as Error;
  return new DatabaseUnavailableError(`Restoring failed: ${message}. ${stays}`, { cause: error });
}
