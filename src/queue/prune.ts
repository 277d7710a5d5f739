/** Forgets what nobody needs any more, so that neither PostgreSQL nor the queue grows without bound. */
import type { Queue } from 'bullmq';
import { sql } from 'drizzle-orm';
import type { Database } from '../db/client.ts';

/** A replay of an older delivery is refused by its timestamp, where its scheme has one. */
const deliveriesKept = '30 days';
/** Steps are needed while their run goes on; counts of ended runs are in their result. */
const stepsKept = '7 days';
/** Runs that changed nothing. Those that changed something are part of the history. */
const idleRunsKept = '90 days';
const jobsKeptMs = 3 * 86_400_000;
const atOnce = 10_000;

export async function prune({ orm }: Database, queue: Pick<Queue, 'clean'>): Promise<void> {
  await orm.execute(sql`
    delete from greenroom.webhook_deliveries where received_at < now() - ${deliveriesKept}::interval`);
  await orm.execute(sql`
    delete from greenroom.sync_steps step using greenroom.sync_runs run
    where run.id = step.run_id and run.state not in ('queued', 'running', 'held')
      and run.finished_at < now() - ${stepsKept}::interval`);
  await orm.execute(sql`
    delete from greenroom.sync_runs where id in (
      select run.id from greenroom.sync_runs run
       where run.finished_at < now() - ${idleRunsKept}::interval
         and not exists (select from greenroom.transactions t where t.run_id = run.id)
         and exists (select from greenroom.sync_runs later
                      where later.conference_id = run.conference_id and later.state = 'succeeded'
                        and later.requested_at > run.requested_at)
       limit ${atOnce})`);
  await queue.clean(jobsKeptMs, atOnce, 'completed');
  await queue.clean(jobsKeptMs, atOnce, 'failed');
}
