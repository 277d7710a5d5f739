import type { ConferenceRow } from '../db/schema/index.ts';

/** A public programme as the formats need it. Times are epoch milliseconds. Nothing private is in it: no e-mail. */
export interface Programme {
  conference: ConferenceRow;
  /** Of the release; null before the first. */
  version: string | null;
  /** By position. */
  rooms: Room[];
  tracks: Track[];
  /** By start. */
  sessions: Session[];
}

export interface Room {
  id: number;
  pretalxId: number;
  name: string;
  description: string | null;
  capacity: number | null;
  position: number | null;
  guid: string | null;
  changedMs: number;
}

export interface Track {
  pretalxId: number;
  name: string;
  color: string | null;
}

export interface Speaker {
  code: string;
  name: string;
  biography: string | null;
  avatarUrl: string | null;
  changedMs: number;
}

/** One visible slot of a talk. Fields of the talk are null when the mirror doesn't have the talk. */
export interface Session {
  id: number;
  slotKey: string;
  talkId: number | null;
  code: string;
  title: string;
  roomId: number;
  startMs: number;
  endMs: number;
  isCancelled: boolean;
  /** The last change of the slot, its talk or their overrides. */
  changedMs: number;
  /** Which of its talk's slots, from 0; null when the talk has one. */
  number: number | null;
  abstract: string | null;
  description: string | null;
  type: string | null;
  track: string | null;
  /** Public ones. */
  tags: string[];
  state: string | null;
  language: string | null;
  doNotRecord: boolean | null;
  imageUrl: string | null;
  speakers: Speaker[];
}
