/**
 * The talks step: types, tracks and tags, then the talks that are accepted, confirmed, or shown by the released
 * schedule, with their speakers.
 */
import { sql } from 'drizzle-orm';
import { talks } from '../db/schema/index.ts';
import type { ReadPage } from '../pretalx/reading.ts';
import type { WireSubmission } from '../pretalx/wire.ts';
import type { StepContext } from './context.ts';
import type { Mirrored } from './entity.ts';
import { fingerprint } from './made-of-pages.ts';
import { mirrorEntity } from './mirror-entity.ts';
import { firstPlacements, type TalkPlacement } from './schedule/placement.ts';
import { readSlotPages, shownCodes } from './schedule/slot-pages.ts';
import { inStepTransaction } from './step-transaction.ts';
import type { StepOutcome } from './steps.ts';
import { mirrorReferences, type ReferencesRead } from './talk-references.ts';
import { type TalkContent, type TalksPageInfo, talkRows } from './talk-rows.ts';
import { replaceTalkSpeakers } from './talk-speakers.ts';

/** What the talks step needs to know of the released schedule. */
interface TimetableRead {
  /** codes that it shows */
  shown: ReadonlySet<string>;
  places: ReadonlyMap<string, TalkPlacement> | undefined;
  releaseId: number | null;
}

const unplaced: TalkPlacement = { roomId: null, slotStart: null, slotEnd: null, placedBy: null };

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
  const slots = await readSlotPages(reading, release);
  const places = context.run.entities.includes('schedule')
    ? await firstPlacements(context.database.orm, context.conference.id, slots)
    : undefined;
  const read = { types, tracks, tags, shown: shownCodes(slots), places, releaseId: release?.id ?? null };
  const mirror = (options: { confirmed: boolean }) =>
    reading.submissions().read((pages) => mirrorTalks(context, read, speakersGone, pages, options));
  try {
    return await mirror({ confirmed: false });
  } catch (error) {
    if (!(error instanceof ShownTalkMissingError)) throw error;
    return await mirror({ confirmed: true });
  }
}

/**
 * The listing has no trace of a mirrored talk that the released schedule shows. Either it was deleted upstream, or it
 * slipped between two pages while something else came and went, and the count was right all the same.
 */
class ShownTalkMissingError extends Error {}

/** @param options.confirmed that it is the second reading: what is missing is gone */
function mirrorTalks(
  context: StepContext,
  read: ReferencesRead & TimetableRead,
  speakersGone: ReadonlySet<string>,
  pages: AsyncIterable<ReadPage<WireSubmission>>,
  { confirmed }: { confirmed: boolean },
): Promise<StepOutcome> {
  return inStepTransaction(context, 'talks', async (transaction) => {
    const references = await mirrorReferences(context, transaction, read);
    const speakerIds = await liveSpeakers(context, speakersGone);
    const madeWith = [...references.madeWith, fingerprint({ shown: read.shown, speakerIds })];
    const endedAs = new Map<string, string>();
    let unknownSpeakers = 0;
    const description: Mirrored<WireSubmission, TalkContent, TalksPageInfo> = {
      table: talks,
      key: 'pretalxCode',
      guard: 'talks',
      defaultsFor: (row) => ({ title: row.pretalxCode, tags: [] }),
      rows: (items) => talkRows(items, references, read.shown, speakerIds),
      madeWith: () => madeWith,
      onPage(pageInfo) {
        for (const [code, state] of pageInfo.endedAs) endedAs.set(code, state);
        unknownSpeakers += pageInfo.unknownSpeakers;
      },
      extraColumns: (row) => (read.places ? { ...(read.places.get(row.pretalxCode) ?? unplaced) } : {}),
      afterWrite: (open, written) =>
        replaceTalkSpeakers(
          open,
          written.map(({ id, isNew, row }) => ({ talkId: id, isNew, speakerIds: row.speakerIds })),
        ),
    };
    const { ids, gone } = await mirrorEntity(context, transaction, description, pages);
    const isMissing = (code: string) => read.shown.has(code) && !endedAs.has(code);
    if (!confirmed && gone.some(isMissing)) throw new ShownTalkMissingError();
    return {
      count: ids.size,
      removals: { ...references.removals, talks: gone.map((key) => withState(key, endedAs.get(key))) },
      warnings: [],
      releaseId: read.releaseId,
      counters: { unknown_speakers: unknownSpeakers },
    };
  });
}

/** Plain statements, since there are many. */
async function liveSpeakers(context: StepContext, gone: ReadonlySet<string>): Promise<Map<string, number>> {
  const rows = await context.database.orm.execute<{ code: string; id: number }>(sql`
    select pretalx_code as code, id from greenroom.speakers
     where conference_id = ${context.conference.id} and removed_at is null order by id`);
  return new Map(rows.filter(({ code }) => !gone.has(code)).map(({ code, id }) => [code, id]));
}

function withState(key: string, state: string | undefined) {
  return state === undefined ? { key } : { key, state };
}
