import type { Telemetry } from 'bullmq';
import type { Backend } from './backend.ts';
import { openTelemetry } from './telemetry.ts';

/** What each of BullMQ's queues, flow producers and workers is given. */
export interface QueueOptions {
  connection: Backend['connection'];
  prefix?: string;
  telemetry?: Telemetry;
}

export async function queueOptions({ connection, prefix }: Backend): Promise<QueueOptions> {
  const telemetry = await openTelemetry();
  return {
    connection,
    ...(prefix === undefined ? {} : { prefix }),
    ...(telemetry === undefined ? {} : { telemetry }),
  };
}
