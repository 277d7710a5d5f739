import { eq } from 'drizzle-orm';
import type { Mirror } from '../cli/invocation.ts';
import { countsInWords, errorOf, headline, resultOf } from '../cli/output/runs.ts';
import { type ConferenceRow, findConference } from '../conferences/conferences.ts';
import type { Executor } from '../db/client.ts';
import { talks } from '../db/schema/index.ts';
import { type Change, changesOf, describeChange } from '../history/changes/index.ts';
import type { FoundRun } from '../runs/runs.ts';
import { capitalized, printable } from '../words.ts';
import { describeSwap, swappedRooms } from './swaps.ts';

/** What a run of the demo did, in sentences; for a held one the reason, and the command that would allow it. */
export async function runInWords(
  { database }: Mirror,
  conference: ConferenceRow,
  run: FoundRun,
): Promise<string> {
  if (run.state === 'held') return heldInWords(run);
  const result = resultOf(run);
  if (run.state !== 'succeeded' || !result) return `${headline(run)} ${errorOf(run) ?? ''}`.trim();
  const changes = inOrder(await changesOf(database.orm, conference, { run: run.id }));
  const { timezone } = await findConference(database.orm, conference.slug);
  const swaps = swappedRooms(changes, await startsOf(database.orm, conference.id));
  const swapped = new Set(swaps.flat());
  const sentences = [
    ...changes.filter((change) => !swapped.has(change)).map((change) => describeChange(change, timezone)),
    ...swaps.map(describeSwap),
  ];
  const more = sentences.length - mostSentences;
  const lines = [
    `The mirror now has ${countsInWords(result)}.`,
    ...sentences.slice(0, mostSentences),
    ...(more > 0 ? [`And ${more} more: ${onDemo(`changes ${conference.slug}`)}`] : []),
  ];
  return lines.map((line) => `  ${capitalized(printable(line))}`).join('\n');
}

const mostSentences = 20;
const kinds = ['moved', 'room', 'cancelled', 'new', 'back', 'title', 'speakers', 'text'];

function inOrder(changes: readonly Change[]): Change[] {
  return changes.toSorted(
    (a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (a.key < b.key ? -1 : 1),
  );
}

async function startsOf(db: Executor, conferenceId: number) {
  const rows = await db
    .select({ code: talks.pretalxCode, start: talks.slotStart })
    .from(talks)
    .where(eq(talks.conferenceId, conferenceId));
  const starts = new Map(rows.map(({ code, start }) => [code, start?.getTime()]));
  return (code: string) => starts.get(code);
}

/** A command on the demo's database: other servers of the settings count as not set. */
function onDemo(command: string): string {
  const unset = ['DATABASE_URL', 'REDIS_URL'].filter((name) => process.env[name]).map((name) => `${name}= `);
  return `${unset.join('')}npm run -s greenroom -- ${command}`;
}

/** The worker of the demo goes on with it: another process does not know the replayed event's token. */
function heldInWords(run: FoundRun): string {
  return [
    `  Held: ${errorOf(run)}`,
    '  In another terminal of this folder, this would allow it:',
    `    ${onDemo(`approve ${run.id} --detach`)}`,
  ].join('\n');
}
