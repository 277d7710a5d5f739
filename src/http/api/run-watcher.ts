/** Lets any number of clients look on at any number of runs, with one query at a time for all of them. */
import type { Database } from '../../db/client.ts';
import { type RunRow, syncRuns } from '../../db/schema/index.ts';
import { isOneOf } from '../../db/statements.ts';
import type { Logger } from '../../log.ts';
import { hasEnded } from '../../runs/runs.ts';

const intervalMs = 400;

const columns = {
  id: syncRuns.id,
  state: syncRuns.state,
  attempts: syncRuns.attempts,
  retryAt: syncRuns.retryAt,
  progress: syncRuns.progress,
};

/** What is known of a run at one moment. */
export type WatchedRun = Pick<RunRow, keyof typeof columns>;

/** Told of every change; `undefined` when there will be no more, because the database or this server goes away. */
export type Listener = (snapshot: WatchedRun | undefined) => void;

interface Watched {
  listeners: Set<Listener>;
  latest?: WatchedRun;
}

export class RunWatcher {
  readonly #database: Database;
  readonly #log: Logger;
  readonly #watched = new Map<string, Watched>();
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;

  constructor(database: Database, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  /** How many clients look on at the moment. */
  get listeners(): number {
    return [...this.#watched.values()].reduce((sum, { listeners }) => sum + listeners.size, 0);
  }

  /** Tells what is known as soon as it is, then every change until the run has ended. @returns Stops telling. */
  watch(runId: string, listener: Listener): () => void {
    const watched = this.#watched.get(runId) ?? { listeners: new Set() };
    this.#watched.set(runId, watched);
    watched.listeners.add(listener);
    if (watched.latest !== undefined) listener(watched.latest);
    else this.#lookIn(0);
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size === 0 && this.#watched.get(runId) === watched) this.#watched.delete(runId);
    };
  }

  /** Ends all looking on. */
  close(): void {
    clearTimeout(this.#timer);
    for (const runId of [...this.#watched.keys()]) this.#tell(runId, undefined);
  }

  #lookIn(delayMs: number): void {
    if (this.#isLooking) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), delayMs);
  }

  async #look(): Promise<void> {
    const runIds = [...this.#watched.keys()];
    if (runIds.length === 0) return;
    this.#isLooking = true;
    try {
      const rows = await this.#database.orm
        .select(columns)
        .from(syncRuns)
        .where(isOneOf(syncRuns.id, runIds));
      const found = new Map(rows.map((row) => [row.id, row]));
      for (const runId of runIds) this.#tell(runId, found.get(runId));
    } catch (error) {
      this.#log.warn({ err: error }, 'the runs that are watched can not be read');
      // Clients come back by themselves, and say where they were.
      for (const runId of runIds) this.#tell(runId, undefined);
    } finally {
      this.#isLooking = false;
      this.#lookIn(intervalMs);
    }
  }

  /** Tells of a change. After the end, and when the run is gone, there is nothing more to look at. */
  #tell(runId: string, snapshot: WatchedRun | undefined): void {
    const watched = this.#watched.get(runId);
    if (watched === undefined) return;
    if (snapshot === undefined || hasEnded(snapshot.state)) this.#watched.delete(runId);
    if (snapshot !== undefined && JSON.stringify(snapshot) === JSON.stringify(watched.latest)) return;
    if (snapshot !== undefined) watched.latest = snapshot;
    for (const listener of [...watched.listeners]) listener(snapshot);
  }
}
