/** `greenroom demo`: everything on this machine, with a recorded event instead of a pretalx. */
import type { Command } from 'commander';
import { type Config, readConfig, withDotenv } from '../../config.ts';
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
      return await invocation.withMirror(
        (mirror) => playDemo(invocation, mirror, { once: once === true, startedMs }),
        'command',
        onThisMachine(invocation.note),
      );
    } finally {
      stopWatching();
    }
  });
}

/** The settings without anybody's servers and accounts, whatever they are: what they hold is no place for a demo. */
function onThisMachine(note: (sentence: string) => void): Config {
  const env = withDotenv();
  if (env.DATABASE_URL || env.REDIS_URL)
    note('The demo has a PostgreSQL of its own, and leaves those of DATABASE_URL and REDIS_URL alone.');
  return readConfig({
    ...env,
    DATABASE_URL: undefined,
    REDIS_URL: undefined,
    GREENROOM_USERS_TABLE: undefined,
  });
}
