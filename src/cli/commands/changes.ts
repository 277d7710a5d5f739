/** `greenroom changes SLUG`: what changed, oldest first. */
import type { Command } from 'commander';
import { findConference } from '../../conferences/conferences.ts';
import { askedRange } from '../../history/changes/asked-range.ts';
import { changesOf } from '../../history/changes/index.ts';
import { renderChanges } from '../../history/changes/words.ts';
import { purgedUntil } from '../../history/purged.ts';
import { timeArgument } from '../arguments.ts';
import { action } from '../invocation.ts';

interface Options {
  since?: Date;
  from?: Date;
  to?: Date;
}

export function define(command: Command): void {
  command
    .argument('<slug>', 'the conference')
    .option('--since <time>', 'later than this', timeArgument)
    .option('--from <time>', 'not earlier than this', timeArgument)
    .option('--to <time>', 'not later than this', timeArgument)
    .addHelpText('after', '\nExample:\n  greenroom changes myconf --since 2026-07-01');
  action(command, ({ json, note, print, printJson, withMirror }, slug: string, options: Options) => {
    const { since, from, to } = askedRange(options);
    return withMirror(async ({ database }) => {
      const conference = await findConference(database.orm, slug);
      const changes = await changesOf(database.orm, conference, { since, from, to });
      const until = purgedUntil(conference, since ?? from ?? new Date(0));
      if (until)
        note(
          `The history was purged up to ${until.toISOString()}; of what changed earlier, not all is known any more.`,
        );
      if (json) printJson(changes);
      else print(renderChanges(changes, conference.timezone));
    });
  });
}
