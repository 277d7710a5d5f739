/** A plan in words: what would be in the mirror, which things would change, and what the guard would hold. */
import { describeChange } from '../../history/changes/index.ts';
import { codeInKey } from '../../programme/slot-keys.ts';
import type { Plan } from '../../sync/plan.ts';
import { counted, printable } from '../../words.ts';
import { resultWords } from './runs.ts';

const mostKeys = 12;
const howToAllow =
  'Sync and then approve what is held, or let the sync remove whatever is gone with --allow-large-deletions.';
const mostSentences = 40;

export function hasChanges({ result }: Plan): boolean {
  const counts = Object.values(result.changes);
  return counts.some(({ added, changed, removed }) => added + changed + removed > 0);
}

/** @param timezone The conference's, in which times are said. */
export function planInWords(plan: Plan, timezone: string): string {
  if (!hasChanges(plan)) return 'A sync would change nothing.';
  return [
    'A sync would lead to this:',
    ...resultWords(plan.result),
    sentences(plan.changes, timezone).join('\n'),
    withoutSentence(plan).join('\n'),
    plan.held.map((reason) => `The removal guard would hold it: ${printable(reason)}`).join('\n'),
    plan.held.length > 0 ? howToAllow : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function sentences(changes: Plan['changes'], timezone: string): string[] {
  const rest = changes.length - mostSentences;
  return [
    ...changes.slice(0, mostSentences).map((change) => printable(describeChange(change, timezone))),
    ...(rest > 0 ? [`And ${rest} more; --json has them all.`] : []),
  ];
}

/** Keys of what a sync would write and no change tells, so that a count isn't all that is said of them. */
function withoutSentence({ keys, changes }: Plan): string[] {
  const told = new Set(changes.map(({ key }) => key));
  const isUntold = (key: string) => !told.has(key) && !told.has(codeInKey(key));
  const lines = Object.entries(keys).flatMap(([entity, { added, changed, removed }]) =>
    keyLines(entity === 'schedule_slots' ? 'slots' : entity, {
      added: added.filter(isUntold),
      changed: changed.filter(isUntold),
      removed: removed.filter(isUntold),
    }),
  );
  return lines.length === 0
    ? []
    : [
        'Besides, in what has no sentence (tags, track, duration, picture, or what an override hides):',
        ...lines,
      ];
}

/** "talks added: ABC123, DEF456 and 3 more", a line each kind of change. */
export function keyLines(
  name: string,
  keys: Record<'added' | 'changed' | 'removed', readonly string[]>,
): string[] {
  return Object.entries(keys)
    .filter(([, list]) => list.length > 0)
    .map(([kind, list]) => {
      const rest = list.length - mostKeys;
      const more = rest > 0 ? ` and ${counted(rest, 'more', 'more')}` : '';
      return printable(`${name} ${kind}: ${list.slice(0, mostKeys).join(', ')}${more}`);
    });
}
