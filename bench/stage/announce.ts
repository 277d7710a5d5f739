import { randomUUID } from 'node:crypto';
import { sendWebhook } from '../../src/demo/webhook.ts';

export const secret = 'only-for-the-bench';

/** Announces a change; each time another one. @returns the run's id */
export function announce(webUrl: string, conference: string): Promise<string> {
  return sendWebhook(webUrl, conference, { secret, body: { event: 'generated', id: randomUUID() } });
}
