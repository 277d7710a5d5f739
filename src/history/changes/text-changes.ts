import type { Change, Finding } from './change.ts';

/** The finding that a text was edited; none when it is the same, or was empty and still is. */
export function textChanges(
  about: Pick<Finding, 'entity' | 'key' | 'title'>,
  field: NonNullable<Change['field']>,
  from: string | null | undefined,
  to: string | null | undefined,
): Finding[] {
  if ((from ?? '') === (to ?? '')) return [];
  return [{ ...about, kind: 'text', from: from ?? null, to: to ?? null, field }];
}
