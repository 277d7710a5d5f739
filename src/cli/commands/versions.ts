/** `greenroom versions [TABLE…]`: makes the version tables true to the live ones. */
import type { Command } from 'commander';
import type { Database } from '../../db/client.ts';
import {
  hasDifferences,
  type ReconcileOptions,
  reconcileVersions,
  renderReport,
} from '../../history/reconcile/index.ts';
import { requireRegistrable } from '../../history/registrable.ts';
import { chooseTables, displayName, registerTable, versionedTables } from '../../history/tables.ts';
import { triggersState } from '../../history/triggers.ts';
import { currentUser } from '../actor.ts';
import { listArgument, textArgument, wholeNumberArgument } from '../arguments.ts';
import { action, type Invocation } from '../invocation.ts';

interface Options extends Omit<ReconcileOptions, 'actor' | 'runAs' | 'tables'> {
  list?: true;
  register?: string;
  warn?: true;
  runas?: string;
}

export function define(command: Command): void {
  const limit = wholeNumberArgument(0);
  command
    .argument('[tables...]', 'only these; without any, all that have a history')
    .option('--list', 'only say which tables have a history')
    .option('--register <schema.table>', 'give a table of yours a history, then do the same for it')
    .option('--create', 'write versions that are missing (on)', true)
    .option('--no-create', 'do not')
    .option('--update', 'write versions where rows differ (on)', true)
    .option('--no-update', 'do not')
    .option('--delete', 'write versions for rows that are gone (off)', false)
    .option('--no-delete', 'do not')
    .option('--fields <columns>', 'compare only these columns, separated by commas', listArgument)
    .option('--exclude <columns>', 'compare all columns but these', listArgument)
    .option('--key <columns>', 'match by these columns instead of the primary key', listArgument)
    .option('--max-create <number>', 'more missing versions than this: write nothing, exit 1', limit)
    .option('--max-update <number>', 'the same for rows that differ', limit)
    .option('--max-delete <number>', 'the same for rows that are gone', limit)
    .option('--max-total <number>', 'the same for all together', limit)
    .option('--partial', 'write the first that the limits allow instead')
    .option('--dry-run', 'find everything, write nothing')
    .option('--warn', 'exit 1 when there were differences')
    .option('--max-diffs <number>', 'how many differences to show', limit, 15)
    .option('--runas <name>', 'who is recorded as the one who did it', textArgument)
    .option('--comment <text>', 'kept with what it writes')
    .option('--repair', 'close all but the newest of several latest versions of a key')
    .addHelpText(
      'after',
      `
A table that was altered since it was registered is left out, and named with exit code 1: register it again.

Example:
  greenroom versions talks speakers --dry-run --warn`,
    );
  action(command, versions);
}

function versions(invocation: Invocation, tables: string[], options: Options): Promise<number> {
  const { list, register, warn, runas, ...rest } = options;
  return invocation.withMirror(async ({ database }) => {
    const registered =
      register === undefined ? [] : [await historyOf(database, register, rest.dryRun ?? false)];
    for (const name of registered) await notePerhapsWithoutTriggers(invocation, database, name);
    if (list) {
      const chosen = [...tables, ...registered];
      const names = chooseTables(await versionedTables(database.orm), chosen).map(displayName);
      if (invocation.json) invocation.printJson(names);
      else invocation.print(names.join('\n'));
      return 0;
    }
    const asked = { ...rest, tables: [...tables, ...registered], runAs: runas, actor: currentUser() };
    const report = await reconcileVersions(database, asked);
    if (invocation.json) invocation.printJson(report);
    else invocation.print(renderReport(report, asked));
    for (const { reason } of report.altered) invocation.note(reason);
    return report.altered.length > 0 || (warn && hasDifferences(report)) ? 1 : 0;
  });
}

/** Who has switched the triggers on means all tables, and one that came later has none yet. */
async function notePerhapsWithoutTriggers({ note }: Invocation, { orm }: Database, name: string) {
  const states = await triggersState(orm);
  if (!states.some((state) => state.triggers)) return;
  if (states.find((state) => state.table === name)?.triggers) return;
  note(
    `Changes by hand in SQL are recorded on other tables, and not yet on ${name}. For all of them: greenroom history --triggers on`,
  );
}

/** The name of a table, once it has a history. A dry run makes none, and only answers for a table that has one. */
async function historyOf({ orm }: Database, name: string, dryRun: boolean): Promise<string> {
  if (dryRun)
    return chooseTables(await versionedTables(orm), [name])
      .map(displayName)
      .join();
  await requireRegistrable(orm, name);
  return displayName(await registerTable(orm, name));
}
