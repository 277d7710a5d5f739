/**
 * What the command line offers: names and descriptions at once, options of a command when it is asked for.
 * A command's file adds its arguments, options, example and action by `define`.
 */
import { Command, Option } from 'commander';

export interface CommandFile {
  define(command: Command): void;
}

export const commands: Record<string, { about: string; load: () => Promise<CommandFile> }> = {
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
    about: 'end a run that the guard holds, or that waits for an attempt',
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
  changes: {
    about: 'what changed, when, and by whom',
    load: () => import('./commands/changes.ts'),
  },
  versions: {
    about: 'make the version tables true to the live ones',
    load: () => import('./commands/versions.ts'),
  },
  restore: {
    about: 'put the mirror back to how it was',
    load: () => import('./commands/restore.ts'),
  },
  history: {
    about: 'purge it; record changes by hand in SQL too',
    load: () => import('./commands/history.ts'),
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
export async function buildProgram(asked: string | undefined): Promise<Command> {
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
  if (asked === undefined) {
    const { version } = await import('../version.ts');
    program.version(version, '--version', 'print the version');
  }
  for (const [name, { about, load }] of Object.entries(commands)) {
    const command = program.command(name).description(about);
    if (name === asked) (await load()).define(command);
  }
  return program;
}
