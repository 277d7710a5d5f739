/** A mirror in a database of its own, synced from a replayed or a running pretalx by the real steps, without a queue. */
import { eq, sql } from 'drizzle-orm';
import { pino } from 'pino';
import { v7 as uuid } from 'uuid';
import { type Config, readConfig } from '../../src/config.ts';
import type { Db } from '../../src/db/client.ts';
import { entities as allEntities, conferences, type Entity, syncRuns } from '../../src/db/schema/index.ts';
import type { ConferenceRow, Progress, StepContext } from '../../src/sync/context.ts';
import { performStep } from '../../src/sync/perform.ts';
import { type Plan, planRun } from '../../src/sync/plan.ts';
import { readingFor } from '../../src/sync/reading.ts';
import type { RunResult } from '../../src/sync/result.ts';
import { stepsOf } from '../../src/sync/steps.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';
import { type ReplayServer, startReplayServer } from './replay-server.ts';

export interface SyncOptions {
  entities?: readonly Entity[];
  allowRemovals?: boolean;
  /** of these entities only */
  allowRemovalsOf?: readonly Entity[];
  approved?: Record<string, string[]>;
  onProgress?: (progress: Progress) => void;
  /** begins this step with a reading of its own, as another worker or a later attempt does */
  readAnewBefore?: string;
  /** called before each step */
  beforeStep?: (step: string) => void | Promise<void>;
}

/** Where to read the event. */
interface Upstream {
  url: string;
  slug: string;
  /** Nobody's, when undefined. */
  token: string | undefined;
}

/** Of any pretalx. */
export interface MirrorOfAny {
  db: Db;
  test: TestDatabase;
  config: Config;
  /** One run of all steps; what it throws leaves the run `failed`. */
  sync(options?: SyncOptions): Promise<RunResult>;
  plan(): Promise<Plan>;
  conference(): Promise<ConferenceRow>;
  /** All rows of a table or view of the schema, in the order given. */
  rows<Row = Record<string, unknown>>(name: string, orderBy?: string): Promise<Row[]>;
  close(): Promise<void>;
}

/** Of a replayed one. */
export interface Mirror extends MirrorOfAny {
  upstream: ReplayServer;
}

interface Settings {
  env?: NodeJS.ProcessEnv;
  /** The conference's. */
  slug?: string;
}

/** A mirror of a replayed pretalx, which it starts and ends. */
export async function mirrorOf(
  options: Settings & { step?: string; recordings?: string; reader?: string | null } = {},
): Promise<Mirror> {
  const upstream = await startReplayServer({
    step: options.step ?? '1-v1.0',
    ...(options.recordings ? { recordings: options.recordings } : {}),
  });
  const reader = options.reader === undefined ? 'organiser' : options.reader;
  const token = reader === null ? undefined : upstream.token(reader);
  const mirror = await mirrorFrom({ url: upstream.url, slug: upstream.slug, token }, options);
  return {
    ...mirror,
    upstream,
    async close() {
      await upstream.close();
      await mirror.close();
    },
  };
}

/** A mirror of the pretalx at `upstream`. */
export async function mirrorFrom(upstream: Upstream, options: Settings = {}): Promise<MirrorOfAny> {
  const test = await createTestDatabase();
  const config = readConfig({
    PRETALX_BASE_URL: upstream.url,
    ...(upstream.token === undefined ? {} : { PRETALX_TOKEN: upstream.token }),
    ...options.env,
  });
  const db = test.database.orm;
  const slug = options.slug ?? 'demo';
  await db.insert(conferences).values({ slug, name: slug, pretalxEventSlug: upstream.slug });
  const conference = async () =>
    (await db.select().from(conferences).where(eq(conferences.slug, slug)))[0] as ConferenceRow;
  const log = pino({ level: 'silent' });

  async function sync(o: SyncOptions = {}): Promise<RunResult> {
    const entities = [...(o.entities ?? allEntities)];
    const { id: conferenceId } = await conference();
    const [run] = await db
      .insert(syncRuns)
      .values({
        id: uuid(),
        conferenceId,
        state: 'running',
        trigger: 'cli',
        actor: 'test',
        entities,
        allowRemovalsOf: o.allowRemovals ? entities : [...(o.allowRemovalsOf ?? [])],
        approved: o.approved ?? null,
      })
      .returning();
    if (!run) throw new Error('no run');
    const signal = new AbortController().signal;
    let reading = readingFor(await conference(), config, log, signal);
    const end = (state: 'succeeded' | 'failed') =>
      db.update(syncRuns).set({ state }).where(eq(syncRuns.id, run.id));
    try {
      let result: RunResult | undefined;
      for (const step of stepsOf(entities)) {
        await o.beforeStep?.(step);
        if (o.readAnewBefore === step) {
          reading.close();
          reading = readingFor(await conference(), config, log, signal);
        }
        const context: StepContext = {
          database: test.database,
          config,
          log,
          run,
          flow: 0,
          conference: await conference(),
          reading,
          signal,
          progress: (progress) => o.onProgress?.(progress),
        };
        result = (await performStep(step, context)).result;
      }
      await end('succeeded');
      return result as RunResult;
    } catch (error) {
      await end('failed');
      throw error;
    } finally {
      reading.close();
    }
  }

  return {
    db,
    test,
    config,
    sync,
    conference,
    plan: async () => planRun(test.database, config, await conference(), log, new AbortController().signal),
    rows: async (name, orderBy = '1') =>
      Array.from(await db.execute(sql.raw(`select * from greenroom.${name} order by ${orderBy}`))) as never,
    close: () => test.drop(),
  };
}
