/**
 * What changed, oldest first: the state before and after each run, or each other transaction, compared thing by thing.
 * A handful of statements read what was valid in the range, however much changed; nothing is read per row.
 */
import { sql } from 'drizzle-orm';
import type { Executor } from '../../db/client.ts';
import type { Change, ChangesOptions, Finding, Span } from './change.ts';
import { type Group, groupsIn } from './groups.ts';
import { readOverrides } from './overrides.ts';
import { readRooms } from './rooms.ts';
import { readSlots, type Slots } from './slots.ts';
import { readSpeakers } from './speakers.ts';
import { codesByRow, readTalks, talkFindings } from './talks.ts';
import { textDiff } from './text-diff.ts';
import type { Scope } from './timeline.ts';

export { changesFeed, type FeedOptions } from './atom.ts';
export type { Change, ChangesOptions } from './change.ts';
export { describeChange, renderChanges } from './words.ts';

/**
 * The changes of a conference, as its audience sees them: overrides applied, hidden slots not there.
 *
 * `publicOnly` leaves out talks that never had a visible slot, their speakers, and who changed what.
 */
export async function changesOf(
  executor: Executor,
  conference: { id: number },
  options: ChangesOptions = {},
): Promise<Change[]> {
  const grouped = await groupedChangesOf(executor, conference, options);
  return grouped.flatMap(({ changes }) => changes);
}

/** The same, group by group: a run's together, and what each other transaction changed. Some may have no changes. */
export async function groupedChangesOf(
  executor: Executor,
  conference: { id: number },
  options: ChangesOptions = {},
): Promise<{ group: Group; changes: Change[] }[]> {
  const groups = await groupsIn(executor, conference.id, options);
  const [first] = groups;
  if (first === undefined) return [];
  const scope: Scope = {
    executor,
    conferenceId: conference.id,
    options,
    groups,
    first: Math.min(...groups.map((group) => group.first)),
    last: Math.max(...groups.map((group) => group.last)),
  };
  const overrides = await readOverrides(scope);
  const rooms = await readRooms(scope, overrides);
  const slots = await readSlots(scope, overrides, rooms);
  const talks = await readTalks(scope);
  const wasEverPublic = options.publicOnly ? await firstPublic(scope) : undefined;
  const codeById = codesByRow(talks);
  const speakers = await readSpeakers(
    scope,
    overrides,
    [...codeById.keys()],
    options.publicOnly ? isPublic(slots, codeById) : undefined,
  );
  const ofTalks = await talkFindings(scope, talks, codeById, {
    overrides,
    rooms,
    slots,
    speakers,
    wasEverPublic,
  });
  return groups.map((group) => ({
    group,
    changes: [rooms.findings, speakers.findings, ofTalks, slots.findings]
      .flatMap((findings) => findings(group))
      .map((finding) => changeOf(group, finding, options.publicOnly === true)),
  }));
}

function changeOf(group: Group, finding: Finding, publicOnly: boolean): Change {
  const { entity, key, kind, from, to, ...rest } = finding;
  const at = group.at.toISOString();
  const change = { at, run: group.run, entity, key, kind, from, to, ...rest, ...extentOf(finding) };
  return publicOnly ? change : { ...change, actor: group.actor };
}

/** By how much: the minutes of a move, the words of a text. */
function extentOf({ kind, from, to }: Finding): Pick<Change, 'minutes' | 'diff'> {
  if (kind === 'text') return { diff: textDiff((from as string | null) ?? '', (to as string | null) ?? '') };
  if (kind !== 'moved') return {};
  const [was, is] = [from as Span | null, to as Span | null];
  return { minutes: was && is ? (Date.parse(is.start) - Date.parse(was.start)) / 60_000 : null };
}

function isPublic(slots: Slots, codeById: ReadonlyMap<number, string>) {
  return (talkId: number, transactionId: number) => {
    const code = codeById.get(talkId);
    return code !== undefined && slots.placementsAt(code, transactionId).length > 0;
  };
}

/** Whether a talk of this code had a visible slot before a transaction. */
async function firstPublic({ executor, conferenceId, last }: Scope) {
  const rows = await executor.execute<{ code: string; first: number }>(sql`
    select submission_code as code, min(transaction_id) as first from greenroom.schedule_slots_versions
     where conference_id = ${conferenceId} and is_visible and operation_type <> 2 and submission_code is not null
       and transaction_id <= ${last}
     group by submission_code`);
  const firsts = new Map(rows.map((row) => [row.code, row.first]));
  return (code: string, transactionId: number) =>
    (firsts.get(code) ?? Number.POSITIVE_INFINITY) < transactionId;
}
