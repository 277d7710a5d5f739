import { createHmac } from 'node:crypto';

/**
 * Sends a webhook as django-webhook does: signed, with a timestamp.
 *
 * @returns the run's id
 */
export async function sendWebhook(
  webUrl: string,
  conference: string,
  { secret, body }: { secret: string; body: object },
): Promise<string> {
  const text = JSON.stringify(body);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', secret).update(`${timestamp}:${text}`).digest('hex');
  const answer = await fetch(`${webUrl}/webhooks/pretalx/${conference}`, {
    method: 'POST',
    body: text,
    headers: {
      'content-type': 'application/json',
      'django-webhook-request-timestamp': timestamp,
      'django-webhook-signature-v1': signature,
    },
  });
  if (answer.status !== 202) {
    throw new Error(`The webhook was answered by ${answer.status}: ${await answer.text()}`);
  }
  return ((await answer.json()) as { run: string }).run;
}
