import type { Queue } from 'bullmq';
import { sql } from 'drizzle-orm';
import type { Database } from '../db/client.ts';

/** Forgets what nobody needs any more, so that neither PostgreSQL nor the queue grows without bound. */

/** A replay of an older delivery is refused by its timestamp, where its scheme has one. */
const deliveriesKept = '30 days';
/** Steps are needed while their run goes on; counts of ended runs are in their result. */
const stepsKept = '7 days';
const jobsKeptMs = 3 * 86_400_000;
const atOnce = 10_000;

export async function prune(database: Database, queue: Pick<Queue, 'clean'>): Promise<void> {
  await database.orm.execute(sql`
    delete from greenroom.webhook_deliveries where received_at < now() - ${deliveriesKept}::interval`);
  await database.orm.execute(sql`
    delete from greenroom.sync_steps step using greenroom.sync_runs run
    where run.id = step.run_id and run.state not in ('queued', 'running', 'held')
      and run.finished_at < now() - ${stepsKept}::interval`);
  await queue.clean(jobsKeptMs, atOnce, 'completed');
  await queue.clean(jobsKeptMs, atOnce, 'failed');
}
