/** What is to be reached, in ratios of one run where time is concerned. */
interface Aim {
  what: string;
  atMost?: number;
  atLeast?: number;
  unit: string;
}

const all = {
  firstSync: { what: 'first sync ÷ (fetch + COPY)', atMost: 1.5, unit: '×' },
  unchangedSync: { what: 'unchanged sync ÷ fetch, 0 ms a response', atMost: 2, unit: '×' },
  unchangedSyncSlow: { what: 'unchanged sync ÷ fetch, 50 ms a response', atMost: 1.15, unit: '×' },
  pageByPage: { what: 'fetching page by page ÷ unchanged sync', atLeast: 4, unit: '×' },
  perTalk: { what: 'time per talk, 50,000 ÷ 5,000 talks', atMost: 1.2, unit: '×' },
  peakRss: { what: "worker's peak RSS", atMost: 200, unit: 'MB' },
  unchangedRows: { what: 'rows written by an unchanged sync', atMost: 0, unit: '' },
  unchangedWal: { what: 'WAL of an unchanged sync in mirrored tables', atMost: 1, unit: 'KB' },
  versionsFirst: { what: '`versions` of 50,000 rows, first', atMost: 0.8, unit: 's' },
  versionsUnchanged: { what: '`versions` of 50,000 rows, unchanged', atMost: 0.22, unit: 's' },
  versionsFirstToPeer: {
    what: '`versions` of 50,000 rows, first: wuttasync ÷ greenroom',
    atLeast: 10,
    unit: '×',
  },
  versionsUnchangedToPeer: {
    what: '`versions` of 50,000 rows, unchanged: wuttasync ÷ greenroom',
    atLeast: 20,
    unit: '×',
  },
  versionsRss: { what: "`versions` of 1,000,000 rows, process's peak RSS", atMost: 150, unit: 'MB' },
  queueOnRedis: { what: "queue's share of a run, Redis", atMost: 30, unit: 'ms' },
  queueOnPostgres: { what: "queue's share of a run, PostgreSQL", atMost: 120, unit: 'ms' },
  webhook: { what: 'webhook to first request to pretalx, median', atMost: 50, unit: 'ms' },
  help: { what: '`greenroom --help`', atMost: 150, unit: 'ms' },
  syncStart: { what: 'start of `greenroom sync` to its first request', atMost: 700, unit: 'ms' },
} satisfies Record<string, Aim>;

export type AimName = keyof typeof all;

export function aimOf(name: AimName): Aim {
  return all[name];
}

export function isReached(name: AimName, figure: number): boolean {
  const { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY }: Aim = all[name];
  return figure <= atMost && figure >= atLeast;
}

/** Like `≤ 1.5 ×`. */
export function boundOf(name: AimName): string {
  const { atMost, atLeast, unit }: Aim = all[name];
  return `${atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`} ${unit}`.trim();
}
