/** `greenroom conference …`: the conferences that are mirrored. */
import type { Command } from 'commander';
import {
  addConference,
  type ConferenceRow,
  conferenceJson,
  findConference,
  listConferences,
  pauseConference,
  resumeConference,
  updateConference,
} from '../../conferences/conferences.ts';
import { removeConference } from '../../conferences/remove.ts';
import type { ConferenceChanges } from '../../conferences/settings.ts';
import type { Db } from '../../db/client.ts';
import { GreenroomError, UsageError } from '../../errors.ts';
import { planRun } from '../../sync/plan.ts';
import { textArgument } from '../arguments.ts';
import { action, type Invocation } from '../invocation.ts';
import { conferenceDetails, conferenceTable } from '../output/conferences.ts';
import { planInWords } from '../output/plan.ts';

export function define(command: Command): void {
  command.usage('COMMAND').addHelpText('after', examples);
  const add = command.command('add <slug>').description('mirror one more pretalx event');
  settable(
    add.requiredOption('--event <event>', "the event's short name in its pretalx address", textArgument),
  );
  action(add, (invocation, slug: string, options: ConferenceChanges) =>
    changed(invocation, (db) => addConference(db, { ...options, slug }), addedWords),
  );

  const set = command.command('set <slug>').description('change a conference; an empty value clears');
  settable(set.option('--event <event>', "the event's short name in its pretalx address"));
  action(set, (invocation, slug: string, given: ConferenceChanges) => {
    if (Object.keys(given).length === 0) {
      throw new UsageError('Nothing to set. greenroom conference set --help shows what can be.');
    }
    const follows = given.name === '' || given.timezone === '' ? followsWords(slug) : '';
    return changed(
      invocation,
      (db) => updateConference(db, slug, given),
      (row) => conferenceDetails(row) + follows,
    );
  });

  const list = command.command('list').description('all conferences').addHelpText('after', examples);
  action(list, (invocation) =>
    invocation.withMirror(async ({ database }) => {
      const rows = await listConferences(database.orm);
      if (invocation.json) invocation.printJson(rows.map(conferenceJson));
      else invocation.print(conferenceTable(rows));
    }),
  );
  const show = command.command('show <slug>').description('one conference').addHelpText('after', examples);
  action(show, (invocation, slug: string) =>
    changed(invocation, (db) => findConference(db, slug), conferenceDetails),
  );
  const pause = command
    .command('pause <slug>')
    .description('remember requests instead of running them')
    .addHelpText('after', examples);
  action(pause, (invocation, slug: string) =>
    changed(invocation, (db) => pauseConference(db, slug), pausedWords),
  );
  const resume = command
    .command('resume <slug>')
    .description('run what was requested during the pause, and go on')
    .addHelpText('after', examples);
  action(resume, resumeWithPlan);
  const remove = command
    .command('remove <slug>')
    .description('delete a conference with all that is mirrored of it')
    .addHelpText('after', examples);
  action(remove, ({ json, print, printJson, withMirror }, slug: string) =>
    withMirror(async ({ database }) => {
      await removeConference(database, slug);
      if (json) printJson({ removed: slug });
      else print(`Removed conference "${slug}" with all that was mirrored of it, its history included.`);
    }),
  );
}

const examples = `
Example:
  export PRETALX_TOKEN_MYCONF=…
  greenroom conference add myconf --event myconf-2027 --token-env PRETALX_TOKEN_MYCONF --every 15m
  greenroom sync myconf`;

function settable(command: Command): void {
  command
    .option('--name <name>', "its name here; unset: the event's")
    .option('--base-url <url>', 'the pretalx server; unset: PRETALX_BASE_URL')
    .option('--timezone <zone>', "a timezone of the IANA list; unset: the event's")
    .option('--token-env <name>', 'the environment variable that holds the API token; unset: PRETALX_TOKEN')
    .option('--webhook-secret-env <name>', 'the environment variable that holds the secret of its webhooks')
    .option('--notify-url <url>', 'where its changes are sent to, signed; an empty value switches it off')
    .option('--notify-secret-env <name>', 'the environment variable that holds the secret to sign with')
    .option('--every <duration>', 'sync by itself this often: 30s, 15m, 2h, 1d')
    .addHelpText('after', examples);
}

function changed(
  { json, print, printJson, withMirror }: Invocation,
  work: (db: Db) => Promise<ConferenceRow>,
  words: (row: ConferenceRow) => string,
): Promise<void> {
  return withMirror(async ({ database }) => {
    const row = await work(database.orm);
    if (json) printJson(conferenceJson(row));
    else print(words(row));
  });
}

const addedWords = (row: ConferenceRow) =>
  `Added conference "${row.slug}". Fill its mirror with: greenroom sync ${row.slug}`;
const followsWords = (slug: string) =>
  `\n\nWhat was cleared is the event's own from the next sync on: greenroom sync ${slug}`;
const pausedWords = (row: ConferenceRow) =>
  `Conference "${row.slug}" is paused. What is requested meanwhile runs after: greenroom conference resume ${row.slug}`;

/** Resuming goes on without a plan when pretalx can't be asked from here, and stops at what nobody expects. */
function ownFailure(error: unknown): null {
  if (error instanceof GreenroomError) return null;
  throw error;
}

/** Says what the next sync will change, where pretalx can be asked from here: after a restore that matters. */
function resumeWithPlan(
  { json, print, printJson, signal, withMirror }: Invocation,
  slug: string,
): Promise<void> {
  return withMirror(async ({ config, database, log }) => {
    const before = await findConference(database.orm, slug);
    const plan =
      before.pausedAt && !json
        ? await planRun(database, config, before, log, signal).catch(ownFailure)
        : null;
    const row = await resumeConference(database.orm, slug);
    if (json) return printJson(conferenceJson(row));
    print(
      `Conference "${slug}" goes on. A worker (greenroom work) runs what was requested during the pause.`,
    );
    print(
      plan ? `\n${planInWords(plan, before.timezone)}` : `What the next sync changes: greenroom plan ${slug}`,
    );
  });
}
