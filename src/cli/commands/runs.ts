/** `greenroom runs [SLUG]`: the latest runs, newest first. */
import type { Command } from 'commander';
import { findConference } from '../../conferences/conferences.ts';
import { listRuns, runJson } from '../../runs/runs.ts';
import { wholeNumberArgument } from '../arguments.ts';
import { action } from '../invocation.ts';
import { runTable } from '../output/runs.ts';

export function define(command: Command): void {
  command
    .argument('[slug]', 'only those of one conference')
    .option('--limit <number>', 'how many at most', wholeNumberArgument(1), 30)
    .addHelpText('after', '\nExample:\n  greenroom runs myconf --limit 5');
  action(
    command,
    ({ json, print, printJson, withMirror }, slug: string | undefined, { limit }: { limit: number }) =>
      withMirror(async ({ database }) => {
        const conferenceId = slug === undefined ? undefined : (await findConference(database.orm, slug)).id;
        const runs = await listRuns(database.orm, { conferenceId, limit });
        if (json) printJson(runs.map(runJson));
        else print(runTable(runs));
      }),
  );
}
