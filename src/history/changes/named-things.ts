/** Something that has a name and a text, a room or a speaker: with its corrections, and what changed of it. */
import type { Finding } from './change.ts';
import type { Fields } from './overrides.ts';
import { textChanges } from './text-changes.ts';

interface State {
  name: string;
  removed: boolean;
  description?: string | null;
  biography?: string | null;
  /** Its audience can see it. */
  isThere: boolean;
}

/** With the corrections of its name and its text. */
export function corrected<T extends { name: string }>(
  thing: T,
  { name, ...fields }: Fields,
  text: 'description' | 'biography',
): T {
  return {
    ...thing,
    ...(typeof name === 'string' ? { name } : {}),
    ...(text in fields ? { [text]: fields[text] } : {}),
  };
}

/** That it came, went or came back; else its new name, and what became of its text. */
export function namedFindings(
  { entity, key, text }: { entity: 'room' | 'speaker'; key: string; text: 'description' | 'biography' },
  was: State | undefined,
  is: State | undefined,
): Finding[] {
  const about = { entity, key, title: (is ?? was)?.name ?? null };
  if ((was?.isThere ?? false) !== (is?.isThere ?? false)) {
    const kind = was?.isThere ? 'cancelled' : was?.removed ? 'back' : 'new';
    return [{ ...about, kind, from: null, to: null }];
  }
  if (!was || !is?.isThere) return [];
  return [
    ...(was.name === is.name ? [] : [{ ...about, kind: 'title' as const, from: was.name, to: is.name }]),
    ...textChanges(about, text, was[text], is[text]),
  ];
}
