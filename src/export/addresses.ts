/** Addresses of pretalx' public pages, and identities made from them. */
import { v5 as uuidV5 } from 'uuid';
import type { Programme } from './model.ts';

export interface Addresses {
  base: string;
  host: string;
  /** The event's slug. */
  event: string;
  schedule: string;
  talk(code: string): string;
  speaker(code: string): string;
  /** A UUID that stays the same for the same thing. pretalx' own can't be known from outside. */
  guid(kind: 'slot' | 'speaker', key: string): string;
}

/** @param fallback the server's address when the conference names none */
export function addressesOf({ conference }: Programme, fallback: string): Addresses {
  const base = (conference.baseUrl ?? fallback).replace(/\/+$/, '');
  const event = conference.pretalxEventSlug ?? conference.slug;
  const home = `${base}/${event}`;
  return {
    base,
    host: new URL(base).host,
    event,
    schedule: `${home}/schedule/`,
    talk: (code) => `${home}/talk/${encodeURIComponent(code)}/`,
    speaker: (code) => `${home}/speaker/${encodeURIComponent(code)}/`,
    guid: (kind, key) => uuidV5(`${home}/${kind}/${key}`, uuidV5.URL),
  };
}
