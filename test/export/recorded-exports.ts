/** pretalx' own exports as recorded, and what of them a mirror can't know (docs/export.md), taken away on both sides. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// biome-ignore lint/suspicious/noExplicitAny: a document of which only some parts are looked at
export type Json = any;

const fixtures = join(import.meta.dirname, '../../fixtures');
/** The server that was recorded. */
export const recordedUrl = 'http://127.0.0.1:8345';

export function recordedExport(recordings: string, step: string, name: string): string {
  return readFileSync(join(fixtures, recordings, step, 'exports', name), 'utf8');
}

export function entriesOf(document: Json): Json[] {
  return document.schedule.conference.days.flatMap((day: Json) => Object.values(day.rooms).flat());
}

/** The document without what a mirror can't know, and without fields that only newer pretalx exports have. */
export function comparable(document: Json, newerFields: readonly string[] = []): Json {
  const copy = structuredClone(document);
  delete copy.generator;
  for (const entry of entriesOf(copy)) {
    entry.slug = entry.slug.replace(`-${entry.id}-`, '-ID-');
    for (const name of ['id', 'guid', 'links', 'attachments', ...newerFields]) delete entry[name];
    for (const person of entry.persons) delete person.guid;
  }
  return copy;
}
