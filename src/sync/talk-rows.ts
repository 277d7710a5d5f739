/** A page of submissions as talks. */
import type { WireSubmission } from '../pretalx/wire.ts';
import { isMirrored } from '../programme/mirrored.ts';
import { talkRow } from '../programme/talk-row.ts';
import type { Row } from './entity.ts';
import type { References } from './talk-references.ts';

/** A talk's own content; its speakers, by our ids and in upstream's order, are kept in a table of their own. */
export type TalkContent = Row & { pretalxCode: string; speakerIds: number[] };

/** What a page of submissions says besides its rows. */
export interface TalksPageInfo {
  /** states of those that are not mirrored, by code */
  endedAs: [code: string, state: string][];
  unknownSpeakers: number;
}

/** The talks of a page that are mirrored, linked to the mirror's types and tracks, and what became of the others. */
export function talkRows(
  items: readonly WireSubmission[],
  references: References,
  shown: ReadonlySet<string>,
  speakerIds: ReadonlyMap<string, number>,
): { rows: TalkContent[]; pageInfo: TalksPageInfo } {
  const pageInfo: TalksPageInfo = { endedAs: [], unknownSpeakers: 0 };
  const rows: TalkContent[] = [];
  for (const submission of items) {
    if (!isMirrored(submission, shown)) {
      pageInfo.endedAs.push([submission.code, submission.state]);
      continue;
    }
    const { speakerCodes, ...row } = talkRow(submission, references.mapping);
    const known = speakerCodes.flatMap((code) => speakerIds.get(code) ?? []);
    pageInfo.unknownSpeakers += speakerCodes.length - known.length;
    rows.push({ ...references.linked(row), pretalxCode: row.pretalxCode, speakerIds: known });
  }
  return { rows, pageInfo };
}
