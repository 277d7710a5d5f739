/** Runs in words and columns. */
import { formatDuration } from '../../duration.ts';
import { errorNow, type FoundRun, waitsUntil } from '../../runs/runs.ts';
import type { RunResult } from '../../sync/result.ts';
import { counted, printable } from '../../words.ts';
import { shortened, table } from './text.ts';
import { age, clock, due } from './times.ts';

/** Of a message in a table; `greenroom run ID` has it whole. */
const longestShown = 60;

export function runTable(runs: readonly FoundRun[]): string {
  if (runs.length === 0) return 'No runs yet. Ask for one with: greenroom sync SLUG';
  const headings = ['RUN', 'CONFERENCE', 'STATE', 'TRIGGER', 'ACTOR', 'REQUESTED', 'TOOK', 'CHANGES'];
  const rows = runs.map((row) => [
    row.id,
    row.conference,
    waitsUntil(row) ? `${row.state} (waits)` : row.state,
    row.trigger,
    row.actor,
    age(row.requestedAt),
    tookWords(row),
    changesInShort(row),
  ]);
  return table(headings, rows);
}

/** One run: what was asked, how it went, and what is in the mirror after it. */
export function runDetails(row: FoundRun): string {
  const lines: [string, string | null | undefined][] = [
    ['Run', row.id],
    ['Conference', row.conference],
    ['State', stateWords(row)],
    ['Trigger', row.actor ? `${row.trigger}, by ${row.actor}` : row.trigger],
    ['Comment', row.comment],
    ['Asked for', row.entities.join(', ')],
    ['Requested', `${clock(row.requestedAt)} UTC (${age(row.requestedAt)})`],
    ['Took', tookWords(row)],
    ['Attempts', String(row.attempts)],
  ];
  const shown = lines.filter(([, value]) => value !== null && value !== undefined && value !== '');
  const head = shown.map(([label, value]) => `${label.padEnd(12)}${printable(value ?? '')}`).join('\n');
  return [head, ...outcome(row)].join('\n\n');
}

/** How a run that was waited for ended. */
export function runSummary(row: FoundRun): string {
  return [headline(row), ...outcome(row)].join('\n\n');
}

/** The mirror's counts in one line: "7 rooms, 66 speakers, 86 talks, 96 slots". */
export function countsInWords(result: RunResult): string {
  return [
    counted(result.rooms, 'room'),
    counted(result.speakers, 'speaker'),
    counted(result.talks, 'talk'),
    counted(result.schedule_slots, 'slot'),
  ].join(', ');
}

export const resultOf = (row: FoundRun) => (row.result ?? undefined) as RunResult | undefined;

/** The message of the run's error, or of the guard that holds or held it. */
export function errorOf(row: FoundRun): string | undefined {
  return errorNow(row)?.message;
}

export function headline(row: FoundRun): string {
  const took = tookWords(row);
  if (row.state === 'succeeded') return `Synced "${row.conference}" in ${took ?? 'no time'}. Run ${row.id}.`;
  if (row.state === 'held') return `Run ${row.id} of "${row.conference}" is held.`;
  if (row.state === 'superseded')
    return `Run ${row.id} of "${row.conference}" is superseded: a later run has taken its place.`;
  if (row.state === 'failed')
    return `Run ${row.id} of "${row.conference}" failed after ${counted(row.attempts, 'attempt')}.`;
  return `Run ${row.id} of "${row.conference}" is ${row.state}.`;
}

function outcome(row: FoundRun): string[] {
  const result = resultOf(row);
  const parts: string[] = [];
  const message = errorOf(row);
  if (message !== undefined && row.state !== 'succeeded') parts.push(printable(message));
  if (row.state === 'held' && message?.includes('greenroom approve') !== true) {
    parts.push(`Allow exactly these removals with: greenroom approve ${row.id}`);
  }
  if (result?.changes) parts.push(...resultWords(result));
  return parts;
}

/** A table of what is in the mirror and what changed, then one line a remark. */
export function resultWords(result: RunResult): string[] {
  return [resultTable(result), ...remarks(result)];
}

function resultTable(result: RunResult): string {
  const rows = (['rooms', 'speakers', 'talks', 'schedule_slots'] as const).map((entity) => {
    const { added, changed, removed, unchanged } = result.changes[entity];
    return [
      entity === 'schedule_slots' ? 'slots' : entity,
      result[entity],
      added,
      changed,
      removed,
      unchanged,
    ];
  });
  return table(['', 'IN MIRROR', 'ADDED', 'CHANGED', 'REMOVED', 'UNCHANGED'], rows);
}

function remarks(result: RunResult): string[] {
  const sentences: string[] = [];
  const say = (count: number | undefined, noun: string, rest: string) => {
    if (count) sentences.push(`${counted(count, noun)} ${count === 1 ? 'is' : 'are'} ${rest}`);
  };
  say(result.unscheduled_talks, 'talk', 'not placed on the timetable yet.');
  say(result.type_defaults_applied, 'talk', 'placed by the default of their type.');
  say(result.skipped_slots, 'slot', 'left out, because their times make no sense.');
  say(result.unknown_speakers, 'speaker', 'named by talks, but not listed by pretalx, and left out.');
  for (const { entity, key, field, base, upstream } of result.drift ?? []) {
    const values = field === 'email' ? '' : ` from ${asText(base)} to ${asText(upstream)}`;
    sentences.push(`Drift: ${field} of ${entity} ${key} is overridden, and changed at pretalx${values}.`);
  }
  sentences.push(...result.warnings.map((warning) => `Warning: ${printable(warning)}`));
  return sentences.length > 0 ? [sentences.join('\n')] : [];
}

const asText = (value: unknown) => printable(JSON.stringify(value ?? null));

function stateWords(row: FoundRun): string {
  const until = waitsUntil(row);
  if (until) return `running, next attempt ${due(until)}`;
  if (row.state === 'running' && row.startedAt) return `running, began ${age(row.startedAt)}`;
  return row.finishedAt ? `${row.state} ${age(row.finishedAt)}` : row.state;
}

function tookWords(row: FoundRun): string | undefined {
  if (!row.startedAt || !row.finishedAt) return undefined;
  return formatDuration(row.finishedAt.getTime() - row.startedAt.getTime());
}

function changesInShort(row: FoundRun): string | undefined {
  const message = errorOf(row);
  if (row.state !== 'succeeded') return message && shortened(printable(message), longestShown);
  const counts = Object.values(resultOf(row)?.changes ?? {});
  const sum = (kind: 'added' | 'changed' | 'removed') => counts.reduce((total, c) => total + c[kind], 0);
  const words = (['added', 'changed', 'removed'] as const).filter((kind) => sum(kind) > 0);
  return words.length > 0 ? words.map((kind) => `${sum(kind)} ${kind}`).join(', ') : 'none';
}
