/**
 * The talks step: types, tracks and tags, then the talks that are accepted, confirmed, or shown by the released
 * schedule, with their speakers.
 */
import { and, eq, isNull } from 'drizzle-orm';
import { speakers, talks } from '../db/schema/index.ts';
import type { WireSubmission } from '../pretalx/wire.ts';
import { isMirrored, visibleCodes } from '../programme/mirrored.ts';
import { talkRow } from '../programme/talk-row.ts';
import type { StepContext } from './context.ts';
import { type Mirrored, mirrorEntity, type Row } from './mirror-entity.ts';
import { firstPlacements, type TalkPlacement } from './schedule/placement.ts';
import { inStepTransaction } from './step-transaction.ts';
import type { StepOutcome } from './steps.ts';
import { mirrorReferences, type References, type ReferencesRead } from './talk-references.ts';
import { replaceTalkSpeakers } from './talk-speakers.ts';

/** What the talks step needs to know of the released schedule. */
interface TimetableRead {
  /** codes that it shows */
  shown: ReadonlySet<string>;
  places: ReadonlyMap<string, TalkPlacement> | undefined;
  releaseId: number | null;
}

const unplaced: TalkPlacement = { roomId: null, slotStart: null, slotEnd: null, placedBy: null };

type TalkContent = Row & { pretalxCode: string; speakerIds: number[] };

/** @param speakersGone codes that the last step of this run removes: no link is made to them */
export async function talksStep(
  context: StepContext,
  speakersGone: ReadonlySet<string>,
): Promise<StepOutcome> {
  const { reading } = context;
  const [release, types, tracks, tags] = await Promise.all([
    reading.release(),
    reading.submissionTypes().all(),
    reading.tracks(),
    reading.tags(),
  ]);
  const slots = release ? await reading.slots(release).all() : [];
  const places = context.run.entities.includes('schedule')
    ? await firstPlacements(context.database.orm, context.conference.id, slots)
    : undefined;
  const read = { types, tracks, tags, shown: visibleCodes(slots), places, releaseId: release?.id ?? null };
  return reading.submissions().read((pages) => mirrorTalks(context, read, speakersGone, pages));
}

function mirrorTalks(
  context: StepContext,
  read: ReferencesRead & TimetableRead,
  speakersGone: ReadonlySet<string>,
  pages: AsyncIterable<WireSubmission[]>,
): Promise<StepOutcome> {
  return inStepTransaction(context, 'talks', async (transaction) => {
    const references = await mirrorReferences(context, transaction, read);
    const rows = talkRows(references, read.shown, await liveSpeakers(context, speakersGone));
    const description: Mirrored<WireSubmission, TalkContent> = {
      table: talks,
      key: 'pretalxCode',
      guard: 'talks',
      unknown: (row) => ({ title: row.pretalxCode, tags: [] }),
      rows: rows.ofPage,
      besides: (row) => (read.places ? { ...(read.places.get(row.pretalxCode) ?? unplaced) } : {}),
      written: (open, written) =>
        replaceTalkSpeakers(
          open,
          written.map(({ id, isNew, row }) => ({ talkId: id, isNew, speakerIds: row.speakerIds })),
        ),
    };
    const { ids, gone } = await mirrorEntity(context, transaction, description, pages);
    return {
      count: ids.size,
      removals: { ...references.removals, talks: gone.map((key) => withState(key, rows.endedAs.get(key))) },
      warnings: [],
      releaseId: read.releaseId,
      counters: { unknown_speakers: rows.unknownSpeakers() },
    };
  });
}

/** Maps submissions, and remembers in which state those ended that are not mirrored. */
function talkRows(
  references: References,
  shown: ReadonlySet<string>,
  speakerIds: ReadonlyMap<string, number>,
) {
  const endedAs = new Map<string, string>();
  let unknownSpeakers = 0;
  const ofPage = (page: WireSubmission[]): TalkContent[] => {
    const rows: TalkContent[] = [];
    for (const submission of page) {
      if (!isMirrored(submission, shown)) {
        endedAs.set(submission.code, submission.state);
        continue;
      }
      const { speakerCodes, ...row } = talkRow(submission, references.mapping);
      const known = speakerCodes.flatMap((code) => speakerIds.get(code) ?? []);
      unknownSpeakers += speakerCodes.length - known.length;
      rows.push({ ...references.linked(row), pretalxCode: row.pretalxCode, speakerIds: known });
    }
    return rows;
  };
  return { ofPage, endedAs, unknownSpeakers: () => unknownSpeakers };
}

async function liveSpeakers(context: StepContext, gone: ReadonlySet<string>): Promise<Map<string, number>> {
  const rows = await context.database.orm
    .select({ code: speakers.pretalxCode, id: speakers.id })
    .from(speakers)
    .where(and(eq(speakers.conferenceId, context.conference.id), isNull(speakers.removedAt)));
  return new Map(rows.filter(({ code }) => !gone.has(code)).map(({ code, id }) => [code, id]));
}

function withState(key: string, state: string | undefined) {
  return state === undefined ? { key } : { key, state };
}
