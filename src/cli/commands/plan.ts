/** `greenroom plan SLUG`: what a sync would do, without doing it. */
import type { Command } from 'commander';
import { findConference } from '../../conferences/conferences.ts';
import { planRun } from '../../sync/plan.ts';
import { action } from '../invocation.ts';
import { hasChanges, planInWords } from '../output/plan.ts';

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
      else invocation.print(planInWords(plan, conference.timezone));
      return exitCode && hasChanges(plan) ? changesExitCode : 0;
    }),
  );
}
