import { UsageError } from '../../errors.ts';

/**
 * Checks that a delivery's body is JSON. What is in it doesn't matter to a mirror that reads everything anew; older
 * senders encode it twice (a JSON text that holds JSON), which is JSON as well.
 *
 * @throws UsageError
 */
export function checkJson(body: Buffer): void {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new UsageError('The body is not JSON.');
  }
}
