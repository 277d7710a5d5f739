import { createHmac } from 'node:crypto';

/** Announces a release as a sender of django-webhook would: signed, with a timestamp. @returns The run's id. */
export async function announceRelease(options: {
  webUrl: string;
  conference: string;
  secret: string;
  version: string;
}): Promise<string> {
  const body = JSON.stringify({ event: 'democon', user: null, schedule: options.version, changes: {} });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', options.secret).update(`${timestamp}:${body}`).digest('hex');
  const answer = await fetch(`${options.webUrl}/webhooks/pretalx/${options.conference}`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'django-webhook-request-timestamp': timestamp,
      'django-webhook-signature-v1': signature,
    },
  });
  if (answer.status !== 202)
    throw new Error(`The webhook was answered by ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { run: string }).run;
}
