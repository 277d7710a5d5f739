import type { Mirror } from '../cli/invocation.ts';
import { changesInWords } from '../cli/output/changes.ts';
import { countsInWords, errorOf, headline, resultOf } from '../cli/output/runs.ts';
import { type ConferenceRow, findConference } from '../conferences/conferences.ts';

import type { FoundRun } from '../runs/runs.ts';

/** What a run of the demo did, in sentences; for a held one the reason, and the command that would allow it. */
export async function runInWords(
  { database }: Mirror,
  conference: ConferenceRow,
  run: FoundRun,
): Promise<string> {
  if (run.state === 'held') return heldInWords(run);
  const result = resultOf(run);
  if (run.state !== 'succeeded' || !result) return `${headline(run)} ${errorOf(run) ?? ''}`.trim();
  const { changesOf } = await import('../history/changes/index.ts');
  const changes = await changesOf(database.orm, conference, { run: run.id });
  const { timezone } = await findConference(database.orm, conference.slug);
  const sentences = changesInWords(changes, timezone);
  const lines = [`The mirror now has ${countsInWords(result)}.`, ...sentences];
  return lines.map((line) => `  ${line}`).join('\n');
}

/** The worker of the demo goes on with it: another process does not know the replayed event's token. */
function heldInWords(run: FoundRun): string {
  return [
    `  Held: ${errorOf(run)}`,
    '  In another terminal of this folder, this would allow it:',
    `    npm run -s greenroom -- approve ${run.id} --detach`,
  ].join('\n');
}
