/** The released schedule's pages as rows with their content hashes; what was made of a page is kept for the next sync. */
import type { scheduleSlots } from '../../db/schema/index.ts';
import type { ProgrammeReading, ReadPage, Release } from '../../pretalx/reading.ts';
import type { WireSlot } from '../../pretalx/wire.ts';
import { contentHasher } from '../../programme/content-hash.ts';
import { visibleCodes } from '../../programme/mirrored.ts';
import { type SlotRow, slotRows } from '../../programme/slots.ts';
import { fingerprint, MadeOfPages } from '../made-of-pages.ts';

const CONTENT = [
  'submissionCode',
  'talkId',
  'roomId',
  'title',
  'titleI18n',
  'startAt',
  'endAt',
  'slotType',
  'isVisible',
] as const;
const hashOf = contentHasher(CONTENT);

type SlotColumns = typeof scheduleSlots.$inferSelect;
type SlotContent = Omit<Pick<SlotColumns, (typeof CONTENT)[number]>, 'startAt' | 'endAt'> & {
  startAt: string;
  endAt: string;
};
export type HashedSlot = SlotContent & { contentHash: string };

/** A slot of the release, by who it is (rooms by their pretalx id), and as the mirror would have it. */
export type ReleasedSlot = SlotRow & { roomId: number | null; content: HashedSlot };

/** What slots are made with: the event's language, and our ids and names of what they point at. */
export interface SlotNames {
  locale: string;
  /** By pretalx id; null where the room is removed. */
  roomIds: ReadonlyMap<number, number | null>;
  roomNames: ReadonlyMap<number, string>;
  talkIds: ReadonlyMap<string, number>;
  talkTitles: ReadonlyMap<string, string>;
}

interface PageOfSlots {
  hashes: readonly string[];
  unscheduled: number;
  skipped: number;
  warnings: readonly string[];
}

export interface SlotPages {
  pages: { hashes: readonly string[]; slot(index: number): ReleasedSlot }[];
  count: number;
  unscheduled: number;
  skipped: number;
  warnings: string[];
}

const codesOfPages = new MadeOfPages<ReadonlySet<string>>();
const slotsOfPages = new MadeOfPages<PageOfSlots>();

/** The pages of a release's slots, which a reading asks for once; none before the first release. */
export function readSlotPages(
  reading: ProgrammeReading,
  release: Release | null,
): Promise<ReadPage<WireSlot>[]> {
  if (release === null) return Promise.resolve([]);
  return reading.slots(release).read((pages) => Array.fromAsync(pages));
}

/** The codes of talks that the release shows. */
export function shownCodes(pages: readonly ReadPage<WireSlot>[]): Set<string> {
  const shown = new Set<string>();
  for (const page of pages) {
    for (const code of codesOfPages.of(page, [], () => visibleCodes(page.items()))) shown.add(code);
  }
  return shown;
}

/** All pages' slots; a page's rows are made when one is asked for that was not made just now. */
export function slotPages(pages: readonly ReadPage<WireSlot>[], names: SlotNames): SlotPages {
  const madeWith = [fingerprint(names)];
  const result: SlotPages = { pages: [], count: 0, unscheduled: 0, skipped: 0, warnings: [] };
  for (const page of pages) {
    let slots: ReleasedSlot[] | undefined;
    const make = () => {
      const { rows, unscheduled, skipped, warnings } = slotRows(page.items(), names);
      slots = rows.map((row) => released(row, names));
      return { hashes: slots.map(({ content }) => content.contentHash), unscheduled, skipped, warnings };
    };
    const { hashes, unscheduled, skipped, warnings } = slotsOfPages.of(page, madeWith, make);
    result.pages.push({
      hashes,
      slot(index) {
        if (slots === undefined) make();
        return slots?.[index] as ReleasedSlot;
      },
    });
    result.count += hashes.length;
    result.unscheduled += unscheduled;
    result.skipped += skipped;
    result.warnings.push(...warnings);
  }
  return result;
}

function released(row: SlotRow, { talkIds, roomIds }: SlotNames): ReleasedSlot {
  const content = {
    submissionCode: row.submissionCode,
    talkId: talkIds.get(row.submissionCode ?? '') ?? null,
    roomId: roomIds.get(row.roomPretalxId ?? -1) ?? null,
    title: row.title,
    titleI18n: row.titleI18n,
    startAt: new Date(row.startMs).toISOString(),
    endAt: new Date(row.endMs).toISOString(),
    slotType: row.slotType,
    isVisible: row.isVisible,
  };
  return { ...row, roomId: row.roomPretalxId, content: { ...content, contentHash: hashOf(content) } };
}
