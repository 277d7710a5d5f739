#!/usr/bin/env node
/** The command line: names the commands, loads only the file of the one that is asked for, and runs it. */
import '../lean-drizzle.ts';
import { enableCompileCache } from 'node:module';
import { Command, Option } from 'commander';
import { reportFailure } from './failure.ts';

/** A command's file: `define` adds its arguments, options, example and action. */
export interface CommandFile {
  define(command: Command): void;
}

const commands: Record<string, { about: string; load: () => Promise<CommandFile> }> = {
  demo: {
    about: 'show everything on this machine with a recorded event',
    load: () => import('./commands/demo.ts'),
  },
  migrate: {
    about: "bring the database's schema up to date",
    load: () => import('./commands/migrate.ts'),
  },
  conference: {
    about: 'add, list, show, set, pause, resume and remove conferences',
    load: () => import('./commands/conference.ts'),
  },
  sync: {
    about: 'mirror a conference now, and show how it goes',
    load: () => import('./commands/sync.ts'),
  },
  plan: {
    about: 'show what a sync would change, and write nothing',
    load: () => import('./commands/plan.ts'),
  },
  runs: {
    about: 'the latest runs',
    load: () => import('./commands/runs.ts'),
  },
  run: {
    about: 'one run: what was asked, and how it went',
    load: () => import('./commands/run.ts'),
  },
  approve: {
    about: 'let a run that the removal guard holds go on',
    load: () => import('./commands/approve.ts'),
  },
  reject: {
    about: 'end a run that the removal guard holds',
    load: () => import('./commands/reject.ts'),
  },
  work: {
    about: 'the worker, with the web server',
    load: () => import('./commands/work.ts'),
  },
  web: {
    about: 'the web server alone',
    load: () => import('./commands/web.ts'),
  },
  default: {
    about: 'room and times of talks without a slot, by type',
    load: () => import('./commands/default.ts'),
  },
  override: {
    about: 'corrections that outlive syncs',
    load: () => import('./commands/override.ts'),
  },
  export: {
    about: 'the programme as schedule.json, iCalendar or CSV',
    load: () => import('./commands/export.ts'),
  },
  doctor: {
    about: 'check everything that a sync needs, and say what to do',
    load: () => import('./commands/doctor.ts'),
  },
};

/**
 * The program with the options of one command only, so that help for all is quick.
 *
 * @param asked The command whose file is loaded.
 */
async function buildProgram(asked: string | undefined): Promise<Command> {
  const program = new Command('greenroom')
    .description(
      "Keeps a complete, versioned mirror of a conference's pretalx programme in your own PostgreSQL.",
    )
    .usage('COMMAND [options]')
    .addOption(new Option('--json', 'answer with one JSON document on stdout'))
    .helpCommand('help [COMMAND]', 'show what a command takes, with an example')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText(
      'after',
      '\nRun "greenroom COMMAND --help" for options and an example. Settings: docs/settings.md',
    )
    .exitOverride();
  for (const [name, { about, load }] of Object.entries(commands)) {
    const command = program.command(name).description(about);
    if (name === asked) (await load()).define(command);
  }
  return program;
}

async function main(args: string[]): Promise<void> {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const asked = words[0] === 'help' ? words[1] : words[0];
  const program = await buildProgram(asked);
  if (asked === undefined && !args.some((arg) => arg === '--help' || arg === '-h')) {
    program.outputHelp({ error: true });
    process.exitCode = 2;
    return;
  }
  await program.parseAsync(args, { from: 'user' });
}

// Every command loads its libraries anew: compiled once, they start in half the time.
enableCompileCache();
main(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = reportFailure(error);
});
