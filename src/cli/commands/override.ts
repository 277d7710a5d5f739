/** `greenroom override …`: corrections that outlive syncs. */
import type { Command } from 'commander';
import { findConference } from '../../conferences/conferences.ts';
import { overridable } from '../../decisions/fields.ts';
import {
  clearOverrides,
  listOverrides,
  type OverrideRow,
  overrideJson,
  setOverrides,
} from '../../decisions/overrides.ts';
import { currentUser } from '../actor.ts';
import { textArgument } from '../arguments.ts';
import { action } from '../invocation.ts';
import { shortened, table } from '../output/text.ts';
import { age } from '../output/times.ts';

const examples = `
KEY is a talk's or speaker's code, a room's pretalx id, or a slot's slot_key. "field=" is empty text, "field=null" null.
${Object.entries(overridable)
  .map(([entity, fields]) => `  ${entity.padEnd(8)}${Object.keys(fields).join(', ')}`)
  .join('\n')}

Example:
  greenroom override set myconf talk ABC123 title="A better title" room=104 --reason "typo, larger room"
  greenroom override clear myconf talk ABC123 title`;

export function define(command: Command): void {
  command.usage('COMMAND').addHelpText('after', examples);
  const set = command
    .command('set <slug> <entity> <key> <field=value...>')
    .description('correct a talk, speaker, room or slot')
    .option('--reason <text>', 'why, for those who wonder later', textArgument)
    .addHelpText('after', examples);
  action(
    set,
    (
      { json, print, printJson, withMirror },
      slug: string,
      entity: string,
      key: string,
      fields: string[],
      { reason }: { reason?: string },
    ) =>
      withMirror(async ({ database }) => {
        const conference = await findConference(database.orm, slug);
        const request = { entity, key, fields, reason, setBy: currentUser() };
        const rows = await setOverrides(database, conference, request);
        if (json) printJson(rows.map(overrideJson));
        else print(overrideTable(rows));
      }),
  );
  const list = command
    .command('list <slug>')
    .description('all corrections of a conference')
    .addHelpText('after', examples);
  action(list, ({ json, print, printJson, withMirror }, slug: string) =>
    withMirror(async ({ database }) => {
      const rows = await listOverrides(database.orm, await findConference(database.orm, slug));
      if (json) printJson(rows.map(overrideJson));
      else print(rows.length === 0 ? `No overrides in "${slug}".` : overrideTable(rows));
    }),
  );
  const clear = command
    .command('clear <slug> <entity> <key> [field...]')
    .description('take corrections away, all of the thing or those named')
    .addHelpText('after', examples);
  action(
    clear,
    ({ json, print, printJson, withMirror }, slug: string, entity: string, key: string, fields: string[]) =>
      withMirror(async ({ database }) => {
        const conference = await findConference(database.orm, slug);
        const request = { entity, key, fields, clearedBy: currentUser() };
        const rows = await clearOverrides(database, conference, request);
        if (json) printJson(rows.map(overrideJson));
        else print(`Cleared ${rows.map(({ field }) => field).join(', ')} of ${entity} ${key}.`);
      }),
  );
}

/** A description can fill screens; --json has it whole. */
const longestShown = 40;

/** Values as JSON, cut off where they are long; those of e-mail addresses are not shown. */
function overrideTable(rows: readonly OverrideRow[]): string {
  const shown = (row: OverrideRow, value: unknown) =>
    row.field === 'email' ? '(hidden)' : shortened(JSON.stringify(value), longestShown);
  return table(
    ['ENTITY', 'KEY', 'FIELD', 'VALUE', "PRETALX' THEN", 'BY', 'SET', 'REASON'],
    rows.map((row) => [
      row.entity,
      row.key,
      row.field,
      shown(row, row.value),
      shown(row, row.baseValue),
      row.setBy,
      age(row.setAt),
      row.reason && shortened(row.reason, longestShown),
    ]),
  );
}
