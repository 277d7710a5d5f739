import type { ConferenceRow } from '../conferences/conferences.ts';
import { secretFromEnv } from '../config.ts';
import { MissingSecretError } from '../errors.ts';

/**
 * Found out before a run is requested or goes on here: no attempt of this process could succeed.
 *
 * @throws MissingSecretError when the conference names a variable for its token that is not set
 */
export function requireToken({ slug, tokenEnv }: Pick<ConferenceRow, 'slug' | 'tokenEnv'>): void {
  if (tokenEnv !== null && secretFromEnv(tokenEnv) === undefined)
    throw new MissingSecretError(slug, tokenEnv);
}
