/**
 * `greenroom reject ID`: a run that is held, or waits for its next attempt, ends. What it would have removed stays, as
 * does what its steps before have written.
 */
import type { Command } from 'commander';
import { findRun, rejectRun, runJson } from '../../runs/runs.ts';
import { action } from '../invocation.ts';

export function define(command: Command): void {
  command
    .argument('<id>', 'of the run that is held, or that waits for its next attempt')
    .addHelpText('after', '\nExample:\n  greenroom reject 019a3f0e-7a53-7cc1-8d2f-3e0b0c9d5a11');
  action(command, ({ json, print, printJson, withMirror }, id: string) =>
    withMirror(async ({ database }) => {
      await rejectRun(database.orm, id);
      if (json) printJson(runJson(await findRun(database.orm, id)));
      else print(`Run ${id} is rejected. Nothing is removed; what its earlier steps added or changed stays.`);
    }),
  );
}
