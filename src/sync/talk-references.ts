/** Types, tracks and tags: mirrored before the talks that name them. */
import { submissionTypes, tags, tracks } from '../db/schema/index.ts';
import type { ReadPage } from '../pretalx/reading.ts';
import type { WireSubmissionType, WireTag, WireTrack } from '../pretalx/wire.ts';
import { selectProfile } from '../programme/profiles.ts';
import { submissionTypeRow, tagRow, trackRow } from '../programme/rows.ts';
import type { TalkContext, TalkRow } from '../programme/talk-row.ts';
import type { StepContext } from './context.ts';
import type { Mirrored, Row } from './entity.ts';
import { fingerprint } from './made-of-pages.ts';
import { mirrorEntity } from './mirror-entity.ts';
import type { StepTransaction } from './step-transaction.ts';
import type { RemovableEntity, Removal } from './steps.ts';

/** What upstream has of each; null where it can't be read or the event has none, and then the mirror's stay. */
export interface ReferencesRead {
  types: WireSubmissionType[];
  tracks: WireTrack[] | null;
  tags: WireTag[] | null;
}

export interface References {
  /** what a submission is mapped with */
  mapping: TalkContext;
  removals: Partial<Record<RemovableEntity, Removal[]>>;
  /** what talks' rows are made with, see `Mirrored.madeWith` */
  madeWith: readonly unknown[];
  /** a talk's row with our own ids of its type and track */
  linked(row: Omit<TalkRow, 'speakerCodes'>): Row;
}

export async function mirrorReferences(
  context: StepContext,
  transaction: StepTransaction,
  read: ReferencesRead,
): Promise<References> {
  const { locale, pretalxEventSlug, slug } = context.conference;
  const mirror = async <Wire, Content extends Row>(entity: Mirrored<Wire, Content>, items: Wire[] | null) =>
    items ? await mirrorEntity(context, transaction, entity, onePage(items)) : undefined;
  const types = await mirror(
    {
      table: submissionTypes,
      key: 'pretalxId',
      rows: (items) => ({ rows: items.map((type) => submissionTypeRow(type, { locale })) }),
    },
    read.types,
  );
  const trackIds = await mirror(
    {
      table: tracks,
      key: 'pretalxId',
      rows: (items) => ({ rows: items.map((track) => trackRow(track, { locale })) }),
    },
    read.tracks,
  );
  const tagIds = await mirror(
    { table: tags, key: 'pretalxId', rows: (items) => ({ rows: items.map(tagRow) }) },
    read.tags,
  );
  const profile = selectProfile(context.config.profile, pretalxEventSlug ?? '', slug);
  const mapping: TalkContext = {
    types: byPretalxId(read.types, (type) => submissionTypeRow(type, { locale })),
    tracks: byPretalxId(read.tracks ?? [], (track) => trackRow(track, { locale })),
    tags: read.tags && byPretalxId(read.tags, tagRow),
    profile,
  };
  const removals = (gone: string[] | undefined) => (gone ?? []).map((key) => ({ key }));
  return {
    mapping,
    removals: {
      submission_types: removals(types?.gone),
      tracks: removals(trackIds?.gone),
      tags: removals(tagIds?.gone),
    },
    madeWith: [
      profile,
      fingerprint({ ...mapping, profile: undefined, typeIds: types?.ids, trackIds: trackIds?.ids }),
    ],
    linked({ submissionTypePretalxId, trackPretalxId, ...row }) {
      return {
        ...row,
        submissionTypeId: types?.ids.get(String(submissionTypePretalxId)) ?? null,
        trackId:
          trackPretalxId === undefined ? undefined : (trackIds?.ids.get(String(trackPretalxId)) ?? null),
      };
    },
  };
}

async function* onePage<Wire>(items: Wire[]): AsyncGenerator<ReadPage<Wire>> {
  yield { items: () => items, bytes: undefined };
}

function byPretalxId<Wire, R extends { pretalxId: number }>(
  items: Wire[],
  map: (item: Wire) => R,
): Map<number, R> {
  return new Map(items.map((item) => map(item)).map((row) => [row.pretalxId, row]));
}
