/** `greenroom demo`: everything on this machine, with a recorded event instead of a pretalx. */
import type { Command } from 'commander';
import { playDemo } from '../../demo/demo.ts';
import { watchParents } from '../../demo/parents.ts';
import { action } from '../invocation.ts';

export function define(command: Command): void {
  command
    .option('--once', 'end after the first sync')
    .addHelpText(
      'after',
      '\nNeeds nothing: no pretalx, no database, no Redis.\n\nExample:\n  greenroom demo --once',
    );
  action(command, async (invocation, { once }: { once?: true }) => {
    const startedMs = Date.now();
    const stopWatching = watchParents(() => process.kill(process.pid, 'SIGTERM'));
    try {
      return await invocation.withMirror((mirror) =>
        playDemo(invocation, mirror, { once: once === true, startedMs }),
      );
    } finally {
      stopWatching();
    }
  });
}
