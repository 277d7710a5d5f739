import { counted, listed, printable } from './text.ts';

/** What changed, in sentences: moved, swapped, cancelled, new, renamed, back. */
export interface WordedChange {
  entity: string;
  key: string;
  kind: string;
  from: unknown;
  to: unknown;
  /** What the thing is called. */
  title: string | null;
}

/** More than this of one kind are counted instead of listed. */
const mostOfAKind = 12;

/**
 * @param timezone The conference's, in which times are said.
 * @returns One sentence a change, those of a kind together, "and 54 more" for long lists.
 */
export function changesInWords(changes: readonly WordedChange[], timezone: string): string[] {
  const swaps = swappedRooms(changes);
  const swapped = new Set(swaps.flat());
  const others = changes.filter((change) => !swapped.has(change));
  const sentences: [kind: string, sentence: string][] = [
    ...others.map((change): [string, string] => [wordOf(change), sentenceOf(change, timezone)]),
    ...swaps.map((pair): [string, string] => ['Swapped', swapSentence(pair)]),
  ];
  return order.flatMap((word) => {
    const ofKind = sentences.filter(([kind]) => kind === word).map(([, sentence]) => `${word}: ${sentence}`);
    if (ofKind.length <= mostOfAKind) return ofKind;
    return [...ofKind.slice(0, 3), `${word}: and ${counted(ofKind.length - 3, 'more', 'more')}`];
  });
}

const order = ['Moved', 'Swapped', 'Cancelled', 'Gone', 'New', 'Back', 'Renamed', 'Speakers', 'Text'];

function wordOf({ kind, entity }: WordedChange): string {
  if (kind === 'moved' || kind === 'room') return 'Moved';
  if (kind === 'cancelled') return entity === 'talk' ? 'Cancelled' : 'Gone';
  if (kind === 'title') return 'Renamed';
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
}

function sentenceOf(change: WordedChange, timezone: string): string {
  const name = nameFor(change);
  switch (change.kind) {
    case 'moved':
      return `${name} from ${spanWords(change.from, timezone)} to ${spanWords(change.to, timezone)}`;
    case 'room':
      return `${name} from ${valueWords(change.from)} to ${valueWords(change.to)}`;
    case 'title':
      return `${change.entity} ${valueWords(change.from)} is now ${valueWords(change.to)}`;
    case 'speakers':
      return `${name}: ${valueWords(change.from)} is now ${valueWords(change.to)}`;
    default:
      return name;
  }
}

const nameFor = ({ entity, key, title }: WordedChange) =>
  title === null ? `${entity} ${key}` : `${entity} ${quoted(title)}`;

/** Pairs of talks that took each other's room. */
function swappedRooms(changes: readonly WordedChange[]): [WordedChange, WordedChange][] {
  const waiting = changes.filter(({ kind, from, to }) => kind === 'room' && from !== null && to !== null);
  const moved = new Set(changes.filter(({ kind }) => kind === 'moved').map(({ key }) => key));
  const pairs: [WordedChange, WordedChange][] = [];
  while (waiting.length > 0) {
    const one = waiting.shift();
    const at = waiting.findIndex(
      (other) => other.from === one?.to && other.to === one?.from && !moved.has(other.key),
    );
    if (!one || at < 0 || moved.has(one.key)) continue;
    pairs.push([one, ...(waiting.splice(at, 1) as [WordedChange])]);
  }
  return pairs;
}

function swapSentence([one, other]: [WordedChange, WordedChange]): string {
  return `${nameFor(one)} and ${nameFor(other)} took each other's room (${listed([valueWords(one.from), valueWords(one.to)])})`;
}

function valueWords(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'none';
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : listed(value.map((v) => printable(String(v))));
  return quoted(String(value));
}

const quoted = (text: string) => `"${shortened(printable(text))}"`;
const shortened = (text: string) => ([...text].length > 70 ? `${[...text].slice(0, 69).join('')}…` : text);

/** "Thu 16 Jul, 09:55": where a talk begins. */
function spanWords(value: unknown, timeZone: string): string {
  const start = (value as { start?: unknown } | null)?.start;
  const at = typeof start === 'string' || start instanceof Date ? new Date(start) : undefined;
  if (at === undefined || Number.isNaN(at.getTime())) return 'no time';
  const day = at.toLocaleDateString('en-GB', { timeZone, weekday: 'short', day: 'numeric', month: 'short' });
  return `${day} ${at.toLocaleTimeString('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })}`;
}
