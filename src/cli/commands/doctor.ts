/** `greenroom doctor [SLUG]`: looks at everything that a sync needs, and says what to do. */
import type { Command } from 'commander';
import { findConference, listConferences } from '../../conferences/conferences.ts';
import { readConfig } from '../../config.ts';
import { GreenroomError, NotFoundError, SettingsError } from '../../errors.ts';
import { printable } from '../../words.ts';
import { type Finding, findingsAbout, messageOf } from '../doctor/finding.ts';
import { checkAccounts, checkDatabase, checkQueue, checkSettings } from '../doctor/local.ts';
import { checkConference } from '../doctor/upstream.ts';
import { action, type Invocation } from '../invocation.ts';

export function define(command: Command): void {
  command
    .argument('[slug]', 'only this conference')
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing failed, 1 something did\n\nExample:\n  greenroom doctor myconf',
    );
  action(command, async (invocation, slug: string | undefined) => {
    const say = invocation.json ? () => {} : (finding: Finding) => invocation.print(line(finding));
    const findings: Finding[] = [];
    for await (const finding of examine(invocation, slug)) {
      findings.push(finding);
      say(finding);
    }
    if (invocation.json) invocation.printJson(findings);
    return findings.some(({ status }) => status === 'fail') ? 1 : 0;
  });
}

async function* examine(invocation: Invocation, slug: string | undefined): AsyncGenerator<Finding> {
  try {
    yield* checkSettings(readConfig());
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    yield findingsAbout('settings').fail(error.message);
    return;
  }
  try {
    yield* await invocation.withMirror(async (mirror) => {
      const findings = [
        ...(await checkDatabase(mirror.database, mirror.config)),
        ...(await checkAccounts(mirror.database, mirror.config)),
        ...(await checkQueue(mirror)),
      ];
      const conferences =
        slug === undefined
          ? await listConferences(mirror.database.orm)
          : [await findConference(mirror.database.orm, slug)];
      const upstream = await Promise.all(
        conferences.map((one) => checkConference(mirror, one, invocation.signal)),
      );
      return [...findings, ...upstream.flat()];
    });
  } catch (error) {
    if (!(error instanceof GreenroomError) || error instanceof NotFoundError) throw error;
    yield findingsAbout('database').fail(messageOf(error));
  }
}

const line = ({ status, about, message }: Finding) => `${status.padEnd(4)}  ${about}: ${printable(message)}`;
