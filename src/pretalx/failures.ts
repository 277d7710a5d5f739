/**
 * What each way of not answering means, in words: one place, so that every message names the event, the path and what
 * to do next, and none holds a token.
 */
import {
  NotPretalxError,
  PermissionError,
  SettingsError,
  UnauthorizedError,
  UnknownEventError,
  UpstreamBusyError,
  UpstreamUnavailableError,
} from '../errors.ts';
import { printable } from '../words.ts';
import { cleanString } from './clean-text.ts';

export interface Place {
  eventSlug: string;
  /** Origin and path of the base URL. */
  base: string;
  /** The path that was asked, without its query. */
  path: string;
  hasToken: boolean;
  /** The variable that the token comes from. */
  tokenName: string;
}

const longestQuoted = 200;

/** What upstream sent, as messages repeat it: they are stored, logged and shown, and it may be of any length. */
export function quoted(text: string): string {
  return printable(cleanString(text.length <= longestQuoted ? text : `${text.slice(0, longestQuoted)}…`));
}

const at = (place: Place) => `event "${place.eventSlug}", ${place.path}`;

export function unauthorized(place: Place): UnauthorizedError {
  return new UnauthorizedError(
    place.hasToken
      ? `pretalx at ${place.base} refused the token (401; ${at(place)}). It is wrong, expired or revoked: set a valid one in ${place.tokenName}.`
      : `pretalx at ${place.base} wants a token (401; ${at(place)}): without one only public events with a released schedule can be read. Set PRETALX_TOKEN, or name a variable with --token-env.`,
  );
}

export function malformedToken(eventSlug: string, tokenName: string): SettingsError {
  return new SettingsError(
    `The token for event "${eventSlug}" in ${tokenName} is empty or holds spaces or characters that no token has. Set ${tokenName} to the token as pretalx shows it.`,
  );
}

export function forbidden(place: Place): PermissionError {
  const endpoint = place.path.split('/events/')[1]?.split('/')[1] || 'events';
  return new PermissionError(
    place.hasToken
      ? `The token may not read "${endpoint}" (403; ${at(place)}). Allow the actions "list" and "retrieve" on "${endpoint}" for this token in pretalx, and check that the event is among the token's events.`
      : `pretalx at ${place.base} doesn't show "${endpoint}" to readers without a token (403; ${at(place)}). Set PRETALX_TOKEN, or name a variable with --token-env.`,
  );
}

/** The token silently gets what everyone gets. `sign` says how that shows. */
export function onlyThePublicPart(place: Place, sign: string): PermissionError {
  return new PermissionError(
    `The token only gets the public part of event "${place.eventSlug}" (${place.path}: ${sign}): its owner may not see submissions. Give the owner's team the permission to work with proposals (can_change_submissions) or to review them (is_reviewer), or leave the token away to mirror the public part.`,
  );
}

export function unknownEvent(place: Place): UnknownEventError {
  return new UnknownEventError(
    `pretalx at ${place.base} knows no event "${place.eventSlug}" (404; ${place.path})${place.hasToken ? '' : ', or it is not public and needs a token'}. Check the event's slug and the base URL.`,
  );
}

export function notPretalx(place: Place, what: string): NotPretalxError {
  return new NotPretalxError(
    `${place.base} doesn't answer like pretalx' API (${quoted(what)}; ${at(place)}). Check the base URL.`,
  );
}

/** The token stays here: it is not sent on to where the redirect points. */
export function redirectedAway(place: Place, target: string): NotPretalxError {
  return new NotPretalxError(
    `${place.base} redirects to ${target} (${at(place)}), which is not followed, so that no token gets there. If that is where your pretalx is, make it the base URL.`,
  );
}

export function unavailable(place: Place, what: string): UpstreamUnavailableError {
  return new UpstreamUnavailableError(
    `pretalx at ${place.base} gave no usable answer (${what}; ${at(place)}). Check that it runs and that it can be reached from here, then sync again.`,
  );
}

export function busy(place: Place, status: number, waitMs: number): UpstreamBusyError {
  return new UpstreamBusyError(
    `pretalx at ${place.base} asks to wait ${Math.ceil(waitMs / 1000)} s before it is asked again (${status}; ${at(place)}).`,
    waitMs,
  );
}
