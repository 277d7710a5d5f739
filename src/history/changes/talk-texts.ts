/** Abstracts and descriptions, read only of talks of which a hash or an override changed. */
import { sql } from 'drizzle-orm';
import type { Overrides } from './overrides.ts';
import type { TalkState, TalkVersion } from './talk-state.ts';
import type { Scope, Timeline } from './timeline.ts';

type Field = 'abstract' | 'description';

export interface TalkTexts {
  /** Old and new text, overrides applied; two nulls where both are the same. */
  pair(field: Field, was: TalkState, is: TalkState): [string | null, string | null];
}

export async function readTalkTexts(
  { executor }: Scope,
  talks: Timeline<TalkVersion>,
  overrides: Overrides,
): Promise<TalkTexts> {
  const overridden = new Set(overrides.changed('talk'));
  const edited = [...talks].flatMap(([code, versions]) =>
    overridden.has(code) || versions.some((v) => hashes(v) !== hashes(versions[0] as TalkVersion))
      ? versions
      : [],
  );
  const rows =
    edited.length === 0
      ? []
      : await executor.execute<{ id: number; transaction_id: number } & Record<Field, string | null>>(sql`
          select v.id, v.transaction_id, v.abstract, v.description from greenroom.talks_versions v
            join unnest(${sql.param(edited.map((v) => v.id))}::bigint[], ${sql.param(edited.map((v) => v.transaction_id))}::bigint[])
              as e(id, transaction_id) on e.id = v.id and e.transaction_id = v.transaction_id`);
  const texts = new Map(rows.map((row) => [`${row.id}/${row.transaction_id}`, row]));
  const textOf = (field: Field, { version, fields }: TalkState): string | null => {
    if (field in fields) return (fields[field] as string | null) ?? null;
    return (version && texts.get(`${version.id}/${version.transaction_id}`)?.[field]) ?? null;
  };
  return {
    pair(field, was, is) {
      const hash = `${field}_hash` as const;
      const same = was.version?.[hash] === is.version?.[hash] && was.fields[field] === is.fields[field];
      return same ? [null, null] : [textOf(field, was), textOf(field, is)];
    },
  };
}

const hashes = (version: TalkVersion) => `${version.abstract_hash}/${version.description_hash}`;
