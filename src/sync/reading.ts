/** Opens the reading of a conference's event, with the token that its row names. */
import type { Logger } from 'pino';
import { type Config, secretFromEnv } from '../config.ts';
import { MissingSecretError, NoEventError } from '../errors.ts';
import { addressOf, openReading, type ProgrammeReading, type ReadingOptions } from '../pretalx/reading.ts';
import type { ConferenceRow } from './context.ts';

/**
 * @throws NoEventError when the conference names no event
 * @throws MissingSecretError when the variable that it names for its token is not set
 */
export function readingFor(
  conference: ConferenceRow,
  config: Config,
  log: Logger,
  signal?: AbortSignal,
  onResponse?: ReadingOptions['onResponse'],
): ProgrammeReading {
  const { eventSlug, baseUrl } = eventOf(conference, config);
  if (!eventSlug) throw new NoEventError(conference.slug);
  const own = secretFromEnv(conference.tokenEnv);
  if (conference.tokenEnv && !own) throw new MissingSecretError(conference.slug, conference.tokenEnv);
  return openReading({
    baseUrl,
    eventSlug,
    token: own ?? config.pretalx.token,
    tokenName: conference.tokenEnv ?? undefined,
    config: config.pretalx,
    signal,
    log,
    onResponse,
  });
}

/** The `address` of the event that a conference names; undefined when it names none. */
export function eventAddress(conference: NamesEvent, config: Pick<Config, 'pretalx'>): string | undefined {
  const { eventSlug, baseUrl } = eventOf(conference, config);
  return eventSlug === null ? undefined : addressOf({ baseUrl, eventSlug });
}

type NamesEvent = Pick<ConferenceRow, 'baseUrl' | 'pretalxEventSlug'>;

const eventOf = (conference: NamesEvent, config: Pick<Config, 'pretalx'>) => ({
  baseUrl: conference.baseUrl ?? config.pretalx.baseUrl,
  eventSlug: conference.pretalxEventSlug,
});
