/**
 * What changed of talks, as their audience sees it: overrides applied, the place that of their visible slots, else the
 * talk's own (a default). A talk held twice moves once a slot.
 */
import { sql } from 'drizzle-orm';
import type { Finding } from './change.ts';
import type { Group } from './groups.ts';
import { placementChanges } from './slots.ts';
import { type Sources, type TalkState, type TalkVersion, talkAt } from './talk-state.ts';
import { readTalkTexts, type TalkTexts } from './talk-texts.ts';
import { textChanges } from './text-changes.ts';
import {
  type FindingsOf,
  isCutOff,
  oldestFirst,
  readThings,
  type Scope,
  type Timeline,
  validInRange,
  writesOf,
} from './timeline.ts';

/** The conference's talks over the scope: codes and states, not their texts. */
export function readTalks(scope: Scope): Promise<Timeline<TalkVersion>> {
  return readThings<TalkVersion>(
    scope.executor,
    (v) => v.code,
    sql`select id, pretalx_code as code, title, state, removed_at is not null as removed, room_id,
               slot_start as start_at, slot_end as end_at, md5(abstract) as abstract_hash, md5(description) as description_hash,
               transaction_id, operation_type
          from greenroom.talks_versions v
         where v.conference_id = ${scope.conferenceId} and ${validInRange(scope)} ${oldestFirst}`,
  );
}

/** The codes of the talks by the ids of the rows that they had. */
export function codesByRow(talks: Timeline<TalkVersion>): ReadonlyMap<number, string> {
  return new Map([...talks.values()].flatMap((versions) => versions.map(({ id, code }) => [id, code])));
}

/** @param codeById see `codesByRow` */
export async function talkFindings(
  scope: Scope,
  talks: Timeline<TalkVersion>,
  codeById: ReadonlyMap<number, string>,
  sources: Sources,
): Promise<FindingsOf> {
  const { overrides, slots, speakers } = sources;
  const texts = await readTalkTexts(scope, talks, overrides);
  const writtenBy = writesOf(talks.values());
  return (group) => {
    const touched = new Set([
      ...writtenBy(group).map(([version]) => (version as TalkVersion).code),
      ...speakers.talksChangedBy(group).map((id) => codeById.get(id) as string),
      ...slots.codesChangedBy(group),
      ...overrides.changedBy('talk', group),
    ]);
    return [...touched].flatMap((code) => findingsOf(code, group, talks.get(code), texts, sources));
  };
}

function findingsOf(
  code: string,
  group: Group,
  versions: TalkVersion[] | undefined,
  texts: TalkTexts,
  sources: Sources,
): Finding[] {
  if (isCutOff(versions, group)) return [];
  const was = talkAt(code, versions, group.first - 1, sources);
  const is = talkAt(code, versions, group.last, sources);
  const about = { entity: 'talk' as const, key: code, title: is.title ?? was.title };
  if (was.isThere !== is.isThere) {
    const kind = was.isThere ? 'cancelled' : isBack(code, group, was, sources) ? 'back' : 'new';
    return [{ ...about, kind, from: null, to: null }];
  }
  if (!is.isThere) return [];
  return [
    ...(was.title === is.title ? [] : [{ ...about, kind: 'title' as const, from: was.title, to: is.title }]),
    ...speakerChanges(about, group, was, is, sources),
    ...keysOf(was, is).flatMap((key) =>
      placementChanges(about, was.placements.get(key), is.placements.get(key)),
    ),
    ...textChanges(about, 'abstract', ...texts.pair('abstract', was, is)),
    ...textChanges(about, 'description', ...texts.pair('description', was, is)),
  ];
}

function keysOf(was: TalkState, is: TalkState): string[] {
  return [...new Set([...was.placements.keys(), ...is.placements.keys()])].sort();
}

function speakerChanges(
  about: Pick<Finding, 'entity' | 'key' | 'title'>,
  group: Group,
  was: TalkState,
  is: TalkState,
  { speakers }: Sources,
): Finding[] {
  const id = is.version?.id;
  // A row that was made again has no links of before.
  if (id === undefined || was.version?.id !== id) return [];
  const before = speakers.idsAt(id, group.first - 1);
  const after = speakers.idsAt(id, group.last);
  if (before.join() === after.join()) return [];
  return [
    {
      ...about,
      kind: 'speakers',
      from: speakers.namesAt(before, group.first - 1),
      to: speakers.namesAt(after, group.last),
    },
  ];
}

function isBack(code: string, group: Group, was: TalkState, { wasEverPublic }: Sources): boolean {
  return wasEverPublic ? wasEverPublic(code, group.first) : was.version !== undefined;
}
