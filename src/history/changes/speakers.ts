/** What changed of speakers, and who spoke at a talk at a time. Addresses are never read. */
import { sql } from 'drizzle-orm';
import type { Finding } from './change.ts';
import type { Group } from './groups.ts';
import { corrected, namedFindings } from './named-things.ts';
import { type Overrides, touchesOf } from './overrides.ts';
import {
  around,
  byRow,
  type FindingsOf,
  oldestFirst,
  readThings,
  readTimeline,
  type Scope,
  stateAt,
  type Version,
  validInRange,
  writesOf,
  writtenInRange,
} from './timeline.ts';

interface SpeakerVersion extends Version {
  id: number;
  key: string;
  name: string;
  removed: boolean;
  biography: string | null;
}
interface LinkVersion extends Version {
  talk_id: number;
  speaker_id: number;
  position: number;
}

export interface Speakers {
  findings: FindingsOf;
  /** The ids of a talk's speakers after a transaction, in their order. */
  idsAt(talkId: number, transactionId: number): number[];
  /** Their names after a transaction. */
  namesAt(ids: readonly number[], transactionId: number): string[];
  /** The talks whose speakers the group changed. */
  talksChangedBy(group: Group): number[];
}

/**
 * @param talkIds the rows of the conference's talks over the scope
 * @param isPublic whether a talk is public after a transaction; only its speakers are in the feed then
 */
export async function readSpeakers(
  scope: Scope,
  overrides: Overrides,
  talkIds: readonly number[],
  isPublic: ((talkId: number, transactionId: number) => boolean) | undefined,
): Promise<Speakers> {
  const { executor, conferenceId } = scope;
  const links = await readTimeline<LinkVersion>(
    executor,
    (v) => `${v.talk_id}/${v.speaker_id}`,
    sql`select talk_id, speaker_id, position, transaction_id, operation_type from greenroom.talk_speakers_versions v
         where ${validInRange(scope)}
           and v.talk_id = any(${sql.param(talkIds)}::bigint[])
         order by v.transaction_id, v.talk_id, v.position, v.speaker_id`,
  );
  const linksOfTalk = Map.groupBy(links.values(), (versions) => versions[0]?.talk_id);
  const linksOfSpeaker = Map.groupBy(links.values(), (versions) => versions[0]?.speaker_id);
  const linksWrittenBy = writesOf(links.values());
  // Names of all are needed to say who speaks; texts only of those that were written or corrected, and not of new ones.
  const timeline = await readThings<SpeakerVersion>(
    executor,
    (v) => v.key,
    sql`select v.id, v.pretalx_code as key, v.name, v.removed_at is not null as removed, v.transaction_id, v.operation_type,
               case when w.pretalx_code is not null or v.pretalx_code = any(${sql.param(overrides.changed('speaker'))}::text[])
                    then v.biography end as biography
          from greenroom.speakers_versions v
          left join (select distinct v.pretalx_code from greenroom.speakers_versions v
                      where v.conference_id = ${conferenceId} and v.operation_type = 1 and ${writtenInRange(scope)}) w on w.pretalx_code = v.pretalx_code
         where v.conference_id = ${conferenceId} and ${validInRange(scope)} ${oldestFirst}`,
  );
  const ofRow = byRow(timeline);
  const effective = (version: SpeakerVersion | undefined, transactionId: number) =>
    version && corrected(version, overrides.at('speaker', version.key, transactionId), 'biography');
  const idsAt = (talkId: number, transactionId: number) =>
    (linksOfTalk.get(talkId) ?? [])
      .map((versions) => stateAt(versions, transactionId))
      .filter((link) => link !== undefined)
      .sort((a, b) => a.position - b.position)
      .map((link) => link.speaker_id);
  const shown = (id: number, transactionId: number) =>
    isPublic === undefined ||
    (linksOfSpeaker.get(id) ?? []).some((versions) => {
      const link = stateAt(versions, transactionId);
      return link !== undefined && isPublic(link.talk_id, transactionId);
    });
  const touchedBy = touchesOf([...timeline.values()], 'speaker', overrides);
  const relinkedBy = (group: Group) =>
    linksWrittenBy(group)
      .map(([link]) => ofRow.get((link as LinkVersion).speaker_id))
      .filter((versions) => versions !== undefined);

  return {
    idsAt,
    namesAt: (ids, transactionId) =>
      ids.map((id) => {
        const versions = ofRow.get(id);
        return (
          effective(stateAt(versions, transactionId) ?? versions?.at(-1), transactionId)?.name ?? String(id)
        );
      }),
    talksChangedBy: (group) => {
      const changed = linksWrittenBy(group);
      return [...new Set(changed.map((versions) => (versions[0] as LinkVersion).talk_id))];
    },
    findings(group) {
      const touched = new Set([...touchedBy(group), ...(isPublic ? relinkedBy(group) : [])]);
      return [...touched].flatMap((versions): Finding[] => {
        const { key } = versions[0] as SpeakerVersion;
        const { before, after } = around(versions, group);
        const stateOf = (version: SpeakerVersion | undefined, at: number) => {
          const speaker = effective(version, at);
          return speaker && { ...speaker, isThere: !speaker.removed && shown(speaker.id, at) };
        };
        return namedFindings(
          { entity: 'speaker', key, text: 'biography' },
          stateOf(before, group.first - 1),
          stateOf(after, group.last),
        );
      });
    },
  };
}
