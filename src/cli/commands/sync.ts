/** `greenroom sync SLUG`: requests a run and works it off here, or leaves it to a worker. */
import { type Command, Option } from 'commander';
import { findConference } from '../../conferences/conferences.ts';
import { type Entity, entities } from '../../db/schema/runs.ts';
import { NoEventError } from '../../errors.ts';
import { findRun, runJson } from '../../runs/runs.ts';
import { currentUser } from '../actor.ts';
import { action, type Invocation } from '../invocation.ts';
import { requireToken } from '../require-token.ts';
import { pausedError, tellKept, withQueue, workOff } from '../work-off.ts';

interface Options extends Partial<Record<Entity, true>> {
  all?: true;
  allowLargeDeletions?: true;
  allowLargeScheduleDrop?: true;
  comment?: string;
  detach?: true;
}

export function define(command: Command): void {
  command.argument('<slug>', 'the conference');
  for (const entity of entities) command.option(`--${entity}`, `only ${entity}, and what else is named`);
  command
    .option('--all', 'everything, as without any of the above')
    .option('--allow-large-deletions', 'let this run remove as much as it finds gone')
    .addOption(new Option('--allow-large-schedule-drop').hideHelp())
    .option('--comment <text>', 'kept with the run and with what it changes')
    .option('--detach', 'only enqueue it for a worker, and print its id')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 cannot be run, 3 held by the removal guard, 130 interrupted\n\n' +
        'Example:\n  greenroom sync myconf --comment "after the speaker meeting"',
    );
  action(command, sync);
}

async function sync(invocation: Invocation, slug: string, options: Options): Promise<number> {
  return invocation.withMirror(async (mirror) => {
    const conference = await findConference(mirror.database.orm, slug);
    if (conference.pretalxEventSlug === null) throw new NoEventError(slug);
    if (!options.detach) requireToken(conference);
    return withQueue(mirror, async (queue, away) => {
      const { id, coalesced } = await queue.request({
        conference: slug,
        trigger: 'cli',
        actor: currentUser(),
        comment: options.comment,
        entities: asked(options),
        allowRemovals: options.allowLargeDeletions ?? options.allowLargeScheduleDrop ?? false,
      });
      if (conference.pausedAt) {
        throw pausedError(slug, `The request is remembered as run ${id} and runs`);
      }
      if (coalesced) invocation.note(`Another sync of "${slug}" was waiting already; run ${id} does both.`);
      if (away) tellKept(invocation, away, { id, isDetached: options.detach === true });
      if (!options.detach) return workOff(invocation, mirror, queue, { id, conference: slug });
      if (invocation.json) invocation.printJson(runJson(await findRun(mirror.database.orm, id)));
      else invocation.print(id);
      return 0;
    });
  });
}

function asked(options: Options): Entity[] {
  const named = entities.filter((entity) => options[entity]);
  return named.length === 0 || options.all ? [...entities] : named;
}
