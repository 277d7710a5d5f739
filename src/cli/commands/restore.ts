/** `greenroom restore SLUG --as-of T`: the mirror as it was, written as a new change, and the conference paused. */
import type { Command } from 'commander';
import { findConference } from '../../conferences/conferences.ts';
import { changesAnything, planRestore, type RestorePlan, restoreConference } from '../../restore/index.ts';
import { printable } from '../../words.ts';
import { currentUser } from '../actor.ts';
import { timeArgument } from '../arguments.ts';
import { action, type Invocation } from '../invocation.ts';
import { keyLines } from '../output/plan.ts';
import { table } from '../output/text.ts';

interface Options {
  asOf: Date;
  dryRun?: true;
  allowLargeDeletions?: true;
  comment?: string;
}

export function define(command: Command): void {
  command
    .argument('<slug>', 'the conference')
    .requiredOption('--as-of <time>', 'put the mirror back to then', timeArgument)
    .option('--dry-run', 'only show what would change')
    .option('--allow-large-deletions', 'also when the removal guard would hold it')
    .option('--comment <text>', 'kept with what it changes')
    .addHelpText(
      'after',
      '\nWhere that changes anything, the conference is paused, so that the next sync does not undo it.\n\n' +
        'Example:\n  greenroom restore myconf --as-of 2026-07-01T12:00:00Z --dry-run',
    );
  action(command, restore);
}

function restore(invocation: Invocation, slug: string, options: Options): Promise<void> {
  const { json, print, printJson, withMirror } = invocation;
  const { asOf, dryRun, allowLargeDeletions, comment } = options;
  return withMirror(async ({ config, database }) => {
    const conference = await findConference(database.orm, slug);
    const plan = await planRestore(database, config, conference, asOf);
    if (!json) print(restoreInWords(plan));
    if (dryRun) return json ? printJson(plan) : undefined;
    const done = await restoreConference(database, config, conference, asOf, {
      actor: currentUser(),
      comment,
      allowRemovals: allowLargeDeletions,
    });
    if (json) printJson(done);
    else if (changesAnything(done)) {
      print(
        `Restored "${slug}" as of ${plan.as_of}. It is paused; what the next sync would change is said by: greenroom conference resume ${slug}`,
      );
    }
  });
}

function restoreInWords({ tables, held, as_of, released_version: { from, to } }: RestorePlan): string {
  const release = from === to ? '' : `Release: ${printable(from ?? 'none')} → ${printable(to ?? 'none')}`;
  if (tables.length === 0 && release === '') return `The mirror is as it was at ${as_of}.`;
  const rows = tables.map(({ table: name, added, changed, removed }) => [name, added, changed, removed]);
  const counts = rows.length === 0 ? '' : table(['TABLE', 'ADDED', 'CHANGED', 'REMOVED'], rows);
  const keys = tables.flatMap(({ table: name, keys: named }) => keyLines(name, named));
  const reasons = held.map((reason) => `The removal guard holds it: ${printable(reason)}`);
  return [release, counts, keys.join('\n'), reasons.join('\n')].filter((part) => part !== '').join('\n\n');
}
