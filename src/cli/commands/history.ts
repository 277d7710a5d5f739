/** `greenroom history`: how long it is kept, and whether changes by hand in SQL are recorded. */
import { type Command, Option } from 'commander';
import { findConference } from '../../conferences/conferences.ts';
import { parseDurationMs } from '../../duration.ts';
import { UsageError } from '../../errors.ts';
import { purgeHistory } from '../../history/purge.ts';
import { setTriggers, triggersState } from '../../history/triggers.ts';
import { counted } from '../../words.ts';
import { action, type Invocation } from '../invocation.ts';
import { table } from '../output/text.ts';

/** PostgreSQL's times begin some thousand years ago. */
const longestKept = '1000y';

const examples = `
Example:
  greenroom history --triggers on
  greenroom history purge --keep 2y`;

export function define(command: Command): void {
  command
    .usage('[options] [COMMAND]')
    .addOption(
      new Option('--triggers <state>', 'record changes made by hand in SQL too, on all tables').choices([
        'on',
        'off',
      ]),
    )
    .addHelpText(
      'after',
      `\nWithout options: which tables have a history, and whether triggers are on.\n${examples}`,
    );
  action(command, triggers);
  const purge = command
    .command('purge')
    .description('remove versions that ended longer ago; never the latest of a row')
    .requiredOption('--keep <duration>', 'in hours, days, weeks or years, such as 90d or 2y')
    .option('--conference <slug>', 'only of this one')
    .addHelpText('after', examples);
  action(purge, purgeOld);
}

/** How the triggers of a table of somebody else are switched. They run as greenroom's user, who lets nobody else make them. */
function waysOfOwner(name: string, isOn: boolean): string {
  if (isOn)
    return "Make greenroom's database user a member of the owner's role (grant OWNER to USER), and switch them on again.";
  return `That one switches them off with: select greenroom.history_triggers('${name.replaceAll("'", "''")}', false)`;
}

function triggers(invocation: Invocation, options: { triggers?: 'on' | 'off' }): Promise<number> {
  const { json, note, print, printJson, withMirror } = invocation;
  return withMirror(async ({ database }) => {
    const isOn = options.triggers === 'on';
    const foreign = options.triggers === undefined ? [] : await setTriggers(database, isOn);
    for (const name of foreign)
      note(
        `The triggers of ${name} were left as they are: the table has another owner. ${waysOfOwner(name, isOn)}`,
      );
    const states = await triggersState(database.orm);
    if (json) printJson(states);
    else
      print(
        table(
          ['TABLE', 'TRIGGERS'],
          states.map((state) => [state.table, state.triggers ? 'on' : 'off']),
        ),
      );
    return foreign.length > 0 ? 1 : 0;
  });
}

function purgeOld(
  { json, print, printJson, withMirror }: Invocation,
  { keep, conference }: { keep: string; conference?: string },
): Promise<void> {
  const before = new Date(Date.now() - keptMs(keep));
  return withMirror(async ({ database }) => {
    const found = conference === undefined ? undefined : await findConference(database.orm, conference);
    const purged = await purgeHistory(database, { before, conferenceId: found?.id });
    if (json) return printJson(purged);
    const { tables } = purged;
    if (tables.length > 0)
      print(
        table(
          ['TABLE', 'REMOVED'],
          tables.map((row) => [row.table, row.removed]),
        ),
      );
    const total = tables.reduce((sum, { removed }) => sum + removed, 0);
    print(
      `Removed ${counted(total, 'version')} that ended before ${before.toISOString()}, and ${counted(purged.transactions, 'transaction')} that nothing refers to.`,
    );
  });
}

/** @throws UsageError also for minutes and what is shorter: 6m may be meant as months, and what is purged is gone */
function keptMs(keep: string): number {
  const kept = parseDurationMs(keep);
  const [, short] = /^\d+(ms|s|m)$/i.exec(keep.trim()) ?? [];
  if (short !== undefined) {
    const unit = { ms: 'milliseconds', s: 'seconds', m: 'minutes, not months' }[short.toLowerCase()];
    throw new UsageError(
      `--keep ${keep} is in ${unit}. History is kept for hours at least: write h, d, w or y, such as 180d or 2y.`,
    );
  }
  if (kept === 0) throw new UsageError(`--keep ${keep} would keep no history at all.`);
  if (kept > parseDurationMs(longestKept))
    throw new UsageError(`--keep ${keep} is longer than ${longestKept}.`);
  return kept;
}
