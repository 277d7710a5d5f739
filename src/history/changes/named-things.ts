/** What changed of something that has a name and a text: a room, a speaker. */
import type { Finding } from './change.ts';
import { textChanges } from './text-changes.ts';

interface State {
  name: string;
  removed: boolean;
  description?: string | null;
  biography?: string | null;
  /** Its audience can see it. */
  isThere: boolean;
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
