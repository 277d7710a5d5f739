/** `greenroom approve ID`: a held run goes on, with the removals that were shown and no others. */
import type { Command } from 'commander';
import { findConference } from '../../conferences/conferences.ts';
import { approveRun, findRun, runJson } from '../../runs/runs.ts';
import { action } from '../invocation.ts';
import { requireToken } from '../require-token.ts';
import { pausedError, tellKept, withQueue, workOff } from '../work-off.ts';

export function define(command: Command): void {
  command
    .argument('<id>', 'of the held run')
    .option(
      '--shown <digest>',
      'error.shown of greenroom run --json: refuse when other removals are held by now',
    )
    .option('--detach', 'leave the rest to a worker')
    .addHelpText(
      'after',
      '\nAllows exactly the removals that were shown: if anything else would go by then, it holds again.\n\n' +
        'Example:\n  greenroom approve 019a3f0e-7a53-7cc1-8d2f-3e0b0c9d5a11',
    );
  action(command, (invocation, id: string, { detach, shown }: { detach?: true; shown?: string }) =>
    invocation.withMirror((mirror) =>
      withQueue(mirror, async (queue, away) => {
        const run = await findRun(mirror.database.orm, id);
        const conference = await findConference(mirror.database.orm, run.conference);
        if (!detach) requireToken(conference);
        await approveRun(mirror.database.orm, id, shown);
        if (conference.pausedAt) {
          throw pausedError(conference.slug, `Run ${id} is approved; that is remembered, and it goes on`);
        }
        if (away) tellKept(invocation, away, { id, isDetached: detach === true });
        await queue.dispatch(conference.id);
        if (!detach) return workOff(invocation, mirror, queue, run);
        if (invocation.json) invocation.printJson(runJson(await findRun(mirror.database.orm, id)));
        else invocation.print(`Run ${id} is approved and goes on with the next free worker.`);
        return 0;
      }),
    ),
  );
}
