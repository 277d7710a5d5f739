/** `greenroom run ID`: what one run was asked, and how it went. */
import type { Command } from 'commander';
import { findRun, runJson } from '../../runs/runs.ts';
import { action } from '../invocation.ts';
import { runDetails } from '../output/runs.ts';

export function define(command: Command): void {
  command
    .argument('<id>', 'of the run, as greenroom runs shows it')
    .addHelpText('after', '\nExample:\n  greenroom run 019a3f0e-7a53-7cc1-8d2f-3e0b0c9d5a11');
  action(command, ({ json, print, printJson, withMirror }, id: string) =>
    withMirror(async ({ database }) => {
      const run = await findRun(database.orm, id);
      if (json) printJson(runJson(run));
      else print(runDetails(run));
    }),
  );
}
