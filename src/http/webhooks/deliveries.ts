/** Makes a delivery durable: the run that it asks for, and the memory of having seen it, in one transaction. */
import { and, eq, sql } from 'drizzle-orm';
import type { Database, Tx } from '../../db/client.ts';
import { conferences, webhookDeliveries } from '../../db/schema/index.ts';
import { type RunRequest, requestRun } from '../../runs/runs.ts';

/** The run of a delivery; `replayed` when it was seen before and asked for nothing. */
export interface Accepted {
  runId: string;
  replayed: boolean;
}

/**
 * Requests a run for a delivery, once for each key. Committed when it returns.
 *
 * @param deliveryKey what a replay would have in common with it; null when it has no identity
 */
export function acceptDelivery(
  database: Database,
  request: RunRequest,
  deliveryKey: string | null,
): Promise<Accepted> {
  return database.orm.transaction(async (tx) => {
    if (deliveryKey !== null) {
      const seen = await runOfDelivery(tx, request.conferenceId, deliveryKey);
      if (seen !== undefined) return { runId: seen, replayed: true };
    }
    // Before its runs, as by who removes it: in the other order each would wait for the other.
    await tx
      .select({ id: conferences.id })
      .from(conferences)
      .where(eq(conferences.id, request.conferenceId))
      .for('key share');
    const { id: runId } = await requestRun(tx, request);
    if (deliveryKey !== null) {
      await tx.insert(webhookDeliveries).values({ conferenceId: request.conferenceId, deliveryKey, runId });
    }
    return { runId, replayed: false };
  });
}

/** Under a lock on the key, so that two deliveries of the same at once are one after the other. */
async function runOfDelivery(tx: Tx, conferenceId: number, deliveryKey: string): Promise<string | undefined> {
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtextextended(${`${conferenceId} ${deliveryKey}`}, 0))`,
  );
  const [seen] = await tx
    .select({ runId: webhookDeliveries.runId })
    .from(webhookDeliveries)
    .where(
      and(eq(webhookDeliveries.conferenceId, conferenceId), eq(webhookDeliveries.deliveryKey, deliveryKey)),
    );
  return seen?.runId;
}
