/** `greenroom default …`: where and when talks of a type are, as long as the schedule does not say. */
import type { Command } from 'commander';
import { findConference } from '../../conferences/conferences.ts';
import {
  type DefaultRow,
  defaultJson,
  listDefaults,
  removeDefault,
  setDefault,
} from '../../decisions/defaults.ts';
import { UsageError } from '../../errors.ts';
import { currentUser } from '../actor.ts';
import { action } from '../invocation.ts';
import { table } from '../output/text.ts';

interface Options {
  room?: string;
  date?: string;
  start?: string;
  end?: string;
}

const examples = `
Example:
  greenroom default set myconf Sprint --room 104 --date 2026-07-19 --start 10:00 --end 18:00
  greenroom default remove myconf Sprint`;

export function define(command: Command): void {
  command.usage('COMMAND').addHelpText('after', examples);
  const set = command
    .command('set <slug> <type>')
    .description('set what is given, and leave the rest; an empty value clears')
    .option('--room <pretalx-id>', "the room's id at pretalx")
    .option('--date <date>', 'such as 2026-07-19')
    .option('--start <time>', "in the conference's timezone, such as 10:00")
    .option('--end <time>', "in the conference's timezone, such as 18:00")
    .addHelpText('after', examples);
  action(set, ({ json, note, print, printJson, withMirror }, slug: string, type: string, options: Options) =>
    withMirror(async ({ database }) => {
      const conference = await findConference(database.orm, slug);
      const given = cleared(options);
      if (Object.keys(given).length === 0) {
        throw new UsageError('Nothing to set. Name at least one of --room, --date, --start and --end.');
      }
      const { row, warnings } = await setDefault(database, conference, {
        type,
        ...given,
        setBy: currentUser(),
      });
      for (const warning of warnings) note(`Warning: ${warning}`);
      if (json) printJson(defaultJson(row));
      else print(`${defaultTable([row])}\n\nTalks follow with the next: greenroom sync ${slug} --defaults`);
    }),
  );
  const list = command
    .command('list <slug>')
    .description('all defaults of a conference')
    .addHelpText('after', examples);
  action(list, ({ json, print, printJson, withMirror }, slug: string) =>
    withMirror(async ({ database }) => {
      const rows = await listDefaults(database.orm, await findConference(database.orm, slug));
      if (json) printJson(rows.map(defaultJson));
      else print(rows.length === 0 ? `No defaults in "${slug}".` : defaultTable(rows));
    }),
  );
  const remove = command
    .command('remove <slug> <type>')
    .description("take a type's default away")
    .addHelpText('after', examples);
  action(remove, ({ json, print, printJson, withMirror }, slug: string, type: string) =>
    withMirror(async ({ database }) => {
      const conference = await findConference(database.orm, slug);
      await removeDefault(database, conference, { type, removedBy: currentUser() });
      if (json) printJson({ removed: type });
      else
        print(
          `Removed the default of "${type}". Talks follow with the next: greenroom sync ${slug} --defaults`,
        );
    }),
  );
}

function cleared({ room, date, start, end }: Options): Record<string, string | null> {
  const given = Object.entries({ room, date, start, end }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, value === '' ? null : (value as string)]));
}

function defaultTable(rows: readonly DefaultRow[]): string {
  return table(
    ['TYPE', 'ROOM', 'DATE', 'START', 'END'],
    rows.map((row) => [
      row.submissionType,
      row.roomPretalxId === null ? null : String(row.roomPretalxId),
      row.defaultDate,
      row.defaultStartTime,
      row.defaultEndTime,
    ]),
  );
}
