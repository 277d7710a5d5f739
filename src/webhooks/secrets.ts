/** A conference's webhook secrets: what the environment variable holds that its row names. */
import { secretFromEnv } from '../config.ts';
import { rememberSecret } from '../log-redaction.ts';

const minListedLength = 8;

/**
 * All secrets that are valid now. A variable may hold several, separated by commas or white space, so that a sender
 * can be moved from one to the next without a gap. A value with a shorter part in it (a phrase of words) is one
 * secret, as it stands: no single word of a phrase may open the door.
 */
export function webhookSecrets(variable: string | null | undefined): string[] {
  const value = secretFromEnv(variable);
  if (value === undefined) return [];
  const parts = value.split(/[\s,]+/).filter((part) => part !== '');
  const secrets = parts.every((part) => part.length >= minListedLength) ? parts : [value];
  for (const secret of secrets) rememberSecret(secret);
  return secrets;
}
