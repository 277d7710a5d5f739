/**
 * The query that matches live rows with their latest versions and says how they differ. It joins keys and addresses
 * only: texts of two tables in one join would be spilled to disk. Contents are fetched of those pairs that have to be
 * compared, one at a time.
 */
import { quoted } from '../tables.ts';
import { isAt, liveRows, versionRows } from './addresses.ts';
import { type FoundEqual, isAsFound } from './found-equal.ts';
import { KIND, type Matching, type ReconcileOptions } from './options.ts';

/** What stands for an operation where the key has several latest versions. */
export const SEVERAL = 3;

export interface PairOptions extends Pick<ReconcileOptions, 'create' | 'delete'> {
  /** Some key has more than one latest version, so that the newest has to be picked. */
  several: boolean;
  /** What needs no comparing. No key had several latest versions then, so only new ones are looked at for that. */
  equal: FoundEqual | undefined;
  /** The condition that a live row `l` and a version `v` differ; undefined: don't compare. */
  differs: string | undefined;
}

/**
 * A row for each live row and each latest version: `kind` (null: no difference, or one that was not asked for),
 * `compared` (contents were), `k1…` the key, `l1…` and `v1…` the addresses of the live row and of the version.
 */
export function pairsQuery({ table, key }: Matching, options: PairOptions): string {
  const [live, versions] = [liveRows(table), versionRows(table)];
  const names = key.map((name) => `r.${quoted(name)}`).join(', ');
  const keys = key.map((name, at) => `r.${quoted(name)} as k${at + 1}`).join(', ');
  const addresses = (columns: string[], side: 'l' | 'v') =>
    columns.map((name, at) => `r.${name} as ${side}${at + 1}`).join(', ');
  const asFound = options.equal ? isAsFound(options.equal, 'r') : 'false';
  const isLive = `a.l${live.columns.length} is not null`;
  const isVersion = `(b.v${versions.columns.length} is not null and not b.is_delete)`;
  const isCompared = `${isLive} and ${isVersion} and not (a.as_found and b.as_found)`;
  const cases = [
    ...(options.equal
      ? [
          `when b.as_found is false and exists (
             select from ${versions.from} r where r.end_transaction_id is null and r.ctid <> b.v1
                and ${key.map((name, at) => `r.${quoted(name)} = b.k${at + 1}`).join(' and ')}) then ${SEVERAL}`,
        ]
      : []),
    ...(options.create === false ? [] : [`when ${isLive} and not ${isVersion} then ${KIND.create}`]),
    ...(options.delete === true ? [`when not ${isLive} and ${isVersion} then ${KIND.delete}`] : []),
    ...(options.differs === undefined
      ? []
      : [
          `when ${isCompared} and exists (
             select from ${live.from} l, ${versions.from} v
              where ${isAt(live, 'l', 'a.l')} and ${isAt(versions, 'v', 'b.v')} and (${options.differs}))
           then ${KIND.update}`,
        ]),
    'when false then 0',
  ];
  return `
    select (case ${cases.join(' ')} end)::int2 as kind,
           ${options.differs === undefined ? 'false' : isCompared} as compared,
           ${key.map((_, at) => `coalesce(a.k${at + 1}, b.k${at + 1}) as k${at + 1}`).join(', ')},
           ${[...live.columns.map((_, at) => `a.l${at + 1}`), ...versions.columns.map((_, at) => `b.v${at + 1}`)].join(', ')}
      from (select ${keys}, ${addresses(live.columns, 'l')}, ${asFound} as as_found from ${live.from} r) a
      full join (
        select ${options.several ? `distinct on (${names})` : ''} ${keys}, ${addresses(versions.columns, 'v')},
               r.operation_type = 2 as is_delete, ${asFound} as as_found
          from ${versions.from} r where r.end_transaction_id is null
         ${options.several ? `order by ${names}, r.transaction_id desc` : ''}) b
        on ${key.map((_, at) => `a.k${at + 1} = b.k${at + 1}`).join(' and ')}`;
}
