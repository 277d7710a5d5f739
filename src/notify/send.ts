/** Sends a message once, signed by Standard Webhooks. */
import { GreenroomError } from '../errors.ts';
import { retryAfterMs } from '../pretalx/retry-after.ts';
import { standardWebhook } from '../webhooks/standard.ts';

/** How long a receiver may take for its whole answer. */
const timeoutMs = 10_000;

/** The message did not arrive, as far as can be seen from here. */
export class DeliveryError extends GreenroomError {
  /** What the receiver asked to wait. */
  readonly retryAfterMs: number | undefined;
  constructor(message: string, retryAfterMs?: number) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Posts a message; with several secrets it has a signature by each. Redirects are not followed and the answer's body
 * is not read.
 *
 * @returns the answer's status, 200 to 299
 * @throws DeliveryError, or the signal's reason when it was aborted
 */
export async function sendMessage(
  message: { url: string; webhookId: string; body: string },
  secrets: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const { origin } = new URL(message.url);
  const response = await fetch(message.url, {
    method: 'POST',
    headers: signedHeaders(message, secrets),
    body: message.body,
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new DeliveryError(`${origin} ${failureOf(error)}.`);
  });
  response.body?.cancel().catch(() => undefined);
  if (response.ok) return response.status;
  const redirected = response.status >= 300 && response.status < 400 ? '; redirects are not followed' : '';
  const asked = retryAfterMs(response.headers.get('retry-after') ?? undefined, Date.now());
  throw new DeliveryError(`${origin} answered ${response.status}${redirected}.`, asked);
}

function signedHeaders({ webhookId, body }: { webhookId: string; body: string }, secrets: readonly string[]) {
  const now = new Date();
  return {
    'content-type': 'application/json',
    'user-agent': 'greenroom',
    'webhook-id': webhookId,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': secrets
      .map((secret) => standardWebhook(secret).sign(webhookId, now, body))
      .join(' '),
  };
}

function failureOf(error: unknown): string {
  if ((error as Error).name === 'TimeoutError') return `did not answer within ${timeoutMs / 1000} seconds`;
  const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
  return `could not be reached (${code ?? message})`;
}
