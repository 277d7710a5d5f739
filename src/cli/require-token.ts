import type { ConferenceRow } from '../conferences/conferences.ts';
import { secretFromEnv } from '../config.ts';
import { MissingSecretError } from '../errors.ts';
import { isToken } from '../pretalx/client.ts';
import { malformedToken } from '../pretalx/failures.ts';

/**
 * Found out before a run is requested or goes on here: no attempt of this process could succeed.
 *
 * @throws MissingSecretError when the conference names a variable for its token that is not set
 * @throws SettingsError when what is in it can be no token
 */
export function requireToken({ slug, tokenEnv }: Pick<ConferenceRow, 'slug' | 'tokenEnv'>): void {
  if (tokenEnv === null) return;
  const token = secretFromEnv(tokenEnv);
  if (token === undefined) throw new MissingSecretError(slug, tokenEnv);
  if (!isToken(token)) throw malformedToken(slug, tokenEnv);
}
