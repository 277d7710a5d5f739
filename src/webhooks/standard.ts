/** Standard Webhooks, the same for what comes in and what goes out. */
import { Webhook } from 'standardwebhooks';

/** `whsec_…` is base64, anything else is taken as it stands. @throws Error when the base64 can't be read. */
export function standardWebhook(secret: string): Webhook {
  return secret.startsWith('whsec_')
    ? new Webhook(secret)
    : new Webhook(Uint8Array.from(Buffer.from(secret)), { format: 'raw' });
}
