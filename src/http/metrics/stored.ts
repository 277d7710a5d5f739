/** Gauges of what is stored: the same on every web server, and still there after a restart. */
import { sql } from 'drizzle-orm';
import { Gauge, Registry } from 'prom-client';
import { runStates } from '../../db/schema/index.ts';
import { everyPattern } from '../../queue/schedules.ts';
import { withinMs } from '../../within.ts';
import type { Web } from '../context.ts';

const timeoutMs = 3_000;
const late = 'it did not answer in time';

export class StoredMetrics {
  readonly registry = new Registry();
  readonly #web: Pick<Web, 'database' | 'queue'>;
  readonly #databaseUp = this.#gauge('greenroom_database_up', 'Whether PostgreSQL answers.', []);
  readonly #queueUp = this.#gauge('greenroom_queue_up', 'Whether the queue answers.', []);
  readonly #runs = this.#gauge('greenroom_runs', 'Runs that are stored, by state.', ['state']);
  readonly #jobs = this.#gauge('greenroom_queue_jobs', 'Jobs in the queue, by state.', ['state']);
  readonly #successAge = this.#gauge(
    'greenroom_last_success_age_seconds',
    'Time since the newest successful sync of a conference; since it was added when there was none.',
    ['conference'],
  );
  readonly #paused = this.#gauge('greenroom_conference_paused', 'Whether a conference is paused.', [
    'conference',
  ]);
  readonly #every = this.#gauge(
    'greenroom_conference_every_seconds',
    'How often a conference is synced by itself.',
    ['conference'],
  );
  readonly #rows = this.#gauge('greenroom_last_run_rows', 'Rows by change, in the last successful run.', [
    'conference',
    'entity',
    'change',
  ]);

  constructor(web: Pick<Web, 'database' | 'queue'>) {
    this.#web = web;
  }

  /** Reads everything anew. What can't be read has no values until it can. */
  async refresh(): Promise<void> {
    await Promise.all([this.#refreshDatabase(), this.#refreshQueue()]);
  }

  #gauge<T extends string>(name: string, help: string, labelNames: T[]): Gauge<T> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  async #refreshDatabase(): Promise<void> {
    const read = withinMs(Promise.all([this.#readRuns(), this.#readConferences()]), timeoutMs, late);
    const stored = await read.catch(() => undefined);
    // All at once from here on: another scrape may be reading, too.
    this.#databaseUp.set(stored ? 1 : 0);
    for (const gauge of [this.#runs, this.#successAge, this.#paused, this.#every, this.#rows]) gauge.reset();
    if (!stored) return;
    const [runs, conferences] = stored;
    for (const state of runStates) this.#runs.set({ state }, 0);
    for (const { state, count } of runs) this.#runs.set({ state }, count);
    for (const row of conferences) this.#setConference(row);
  }

  #setConference({ conference, age, paused, every, changes }: ConferenceMetrics): void {
    this.#successAge.set({ conference }, age);
    this.#paused.set({ conference }, paused ? 1 : 0);
    if (every !== null) this.#every.set({ conference }, every);
    for (const [entity, kinds] of Object.entries(changes ?? {})) {
      for (const [change, count] of Object.entries(kinds))
        this.#rows.set({ conference, entity, change }, count);
    }
  }

  async #refreshQueue(): Promise<void> {
    const counts = await withinMs(this.#web.queue.counts(), timeoutMs, late).catch(() => undefined);
    this.#queueUp.set(counts ? 1 : 0);
    this.#jobs.reset();
    for (const [state, count] of Object.entries(counts ?? {})) this.#jobs.set({ state }, count);
  }

  #readRuns() {
    return this.#web.database.orm.execute<{ state: string; count: number }>(
      sql`select state, count(*)::int as count from greenroom.sync_runs group by state`,
    );
  }

  #readConferences() {
    return this.#web.database.orm.execute<ConferenceMetrics & Record<string, unknown>>(sql`
      select c.slug as conference,
             extract(epoch from now() - coalesce(r.finished_at, c.created_at))::float8 as age,
             c.paused_at is not null as paused,
             case when c.every ~ ${everyPattern} then extract(epoch from c.every::interval)::float8 end as every,
             r.result -> 'changes' as changes
        from greenroom.conferences c
        left join lateral (
               select finished_at, result from greenroom.sync_runs r
                where r.conference_id = c.id and r.state = 'succeeded'
                order by requested_at desc limit 1) r on true`);
  }
}

interface ConferenceMetrics {
  conference: string;
  age: number;
  paused: boolean;
  /** in seconds */
  every: number | null;
  changes: Record<string, Record<string, number>> | null;
}
