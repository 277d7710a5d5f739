import type { Command } from 'commander';
import { findConference } from '../../conferences/conferences.ts';
import { type Plan, planRun } from '../../sync/index.ts';
import { action } from '../invocation.ts';
import { changesInWords } from '../output/changes.ts';
import { resultWords } from '../output/runs.ts';
import { printable } from '../output/text.ts';

/** `greenroom plan SLUG`: what a sync would do, without doing it. */
const changesExitCode = 4;

export function define(command: Command): void {
  command
    .argument('<slug>', 'the conference')
    .option('--exit-code', 'answer 4 when there are changes')
    .addHelpText(
      'after',
      '\nWrites nothing.\n\nExample:\n  greenroom plan myconf --exit-code || echo "something is new"',
    );
  action(command, (invocation, slug: string, { exitCode }: { exitCode?: true }) =>
    invocation.withMirror(async ({ config, database, log }) => {
      const conference = await findConference(database.orm, slug);
      const plan = await planRun(database, config, conference, log, invocation.signal);
      if (invocation.json) invocation.printJson({ conference: slug, ...plan });
      else invocation.print(words(plan, conference.timezone));
      return exitCode && hasChanges(plan) ? changesExitCode : 0;
    }),
  );
}

function hasChanges({ result, changes }: Plan): boolean {
  const counts = Object.values(result.changes);
  return changes.length > 0 || counts.some(({ added, changed, removed }) => added + changed + removed > 0);
}

function words(plan: Plan, timezone: string): string {
  if (!hasChanges(plan)) return 'A sync would change nothing.';
  return [
    'A sync would lead to this:',
    ...resultWords(plan.result),
    changesInWords(plan.changes, timezone).join('\n'),
    plan.held.map((reason) => `The removal guard would hold it: ${printable(reason)}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}
