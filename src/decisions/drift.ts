/** Overrides that hide a value which upstream has changed since they were set. */
import { sql } from 'drizzle-orm';
import type { Executor } from '../db/client.ts';
import type { OverrideEntity } from '../db/schema/index.ts';
import type { OverrideValue } from './fields.ts';
import { allUpstreamValues } from './upstream-values.ts';

/** `base` is what upstream said when the override was set, `upstream` what it says now. */
export interface Drift {
  entity: OverrideEntity;
  key: string;
  field: string;
  override: OverrideValue;
  base: OverrideValue;
  upstream: OverrideValue;
}

/** Stands for an e-mail address in a drift: more people read a run's report than overrides. `override list --json` has the real ones. */
export const PRIVATE_VALUE = '(private)';

/** All drifted overrides of a conference, in one query; those of things that upstream removed are not among them. */
export async function findDrift(executor: Executor, conferenceId: number): Promise<Drift[]> {
  const rows = await executor.execute<Drift & Record<string, unknown>>(sql`
    select o.entity, o.key, o.field, o.value as override, o.base_value as base, u.fields -> o.field as upstream
      from greenroom.overrides o
      join (${allUpstreamValues()}) u
        on u.conference_id = o.conference_id and u.entity = o.entity and u.key = o.key
     where o.conference_id = ${conferenceId}
       and u.fields -> o.field is distinct from coalesce(o.base_value, 'null')
     order by o.entity, o.key, o.field`);
  return rows.map((row) =>
    row.field === 'email'
      ? { ...row, override: PRIVATE_VALUE, base: PRIVATE_VALUE, upstream: PRIVATE_VALUE }
      : { ...row },
  );
}
