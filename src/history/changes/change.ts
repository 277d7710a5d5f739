/** What the feed of changes is made of. */

export type ChangeKind = 'new' | 'cancelled' | 'moved' | 'room' | 'title' | 'speakers' | 'text' | 'back';
export type ChangedEntity = 'talk' | 'slot' | 'room' | 'speaker';

/** When something takes place, ISO 8601 in UTC. */
export interface Span {
  start: string;
  end: string | null;
}

export interface Change {
  /** When it was written, ISO 8601 in UTC. */
  at: string;
  /** The run that wrote it; null for what people did. */
  run: string | null;
  entity: ChangedEntity;
  /** A talk's or speaker's code, a room's pretalx id, a slot's key. */
  key: string;
  kind: ChangeKind;
  /** Old and new value: `moved` a Span, `room` its name, `speakers` their names, `title` and `text` the text. */
  from: Span | string | string[] | null;
  to: Span | string | string[] | null;
  /** What the thing is called now (or was last). */
  title: string | null;
  /** Of `moved`: by how many minutes it begins later, negative for earlier; null when it had no time, or has none. */
  minutes?: number | null;
  /** Of `text`: what went in [-brackets-], what came in {+braces+}. */
  diff?: string;
  /** Of `text`: which of its texts. */
  field?: 'abstract' | 'description' | 'biography';
  /** Who wrote it; not in the public feed. */
  actor?: string | null;
}

/** A change without what it has of its group. */
export type Finding = Omit<Change, 'at' | 'run' | 'actor' | 'minutes' | 'diff'>;

export interface ChangesOptions {
  /** Later than this. */
  since?: Date | undefined;
  /** Not earlier, and not later than these. */
  from?: Date | undefined;
  to?: Date | undefined;
  /** Of transactions with a greater id, and with no greater one than these. */
  afterTransaction?: number | undefined;
  upToTransaction?: number | undefined;
  /** Only what this run wrote. */
  run?: string | undefined;
  /** Only what pretalx shows publicly: talks with a visible slot, and no names of who changed what. */
  publicOnly?: boolean | undefined;
}
