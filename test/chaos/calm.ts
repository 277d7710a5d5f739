/** Lets things calm down, has everything synced once more, and looks. */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { conferences } from '../../src/db/schema/index.ts';
import { faultsOfHistory, faultsOfMirror, faultsOfQueue, faultsOfRequests } from './checks.ts';
import { changeAny } from './happenings.ts';
import type { Random } from './random.ts';
import { faultsOfRecord } from './record.ts';
import type { Requester } from './requests.ts';
import type { World } from './world.ts';

export type Faults = Set<string>;

export interface ChaosReport {
  /** What should not have been; empty when all holds. Ends with the place of the logs, which are then kept. */
  faults: string[];
  /** How often each thing happened. */
  happened: Record<string, number>;
  accepted: number;
  refused: number;
  /** Runs by state. */
  runs: Record<string, number>;
  /** Attempts that failed and were made again. */
  repeated: number;
  steps: number;
  /** Versions that were written. */
  versions: number;
  /** From the end of chaos until the last run had ended. */
  recoveredMs: number;
}

/** The longest pause between two attempts is a minute, and there may be two of them in a row. */
const calmMs = 180_000;
const queueMs = 120_000;

/** Ends all trouble, lets the last changes upstream be synced, and compares. */
export async function look(
  world: World,
  requester: Requester,
  random: Random,
): Promise<Omit<ChaosReport, 'happened'>> {
  const calmAt = Date.now();
  for (const { upstream } of world.conferences) {
    upstream.behave();
    changeAny(upstream, random);
  }
  await untilItAnswers(world);
  await world.database.orm.update(conferences).set({ every: null });
  const faults = await settle(world, requester);
  const recoveredMs = Date.now() - calmAt;
  if (faults.length === 0) {
    faults.push(...(await settle(world, requester)), ...(await faultsOfMirror(world)));
    faults.push(...(await faultsOfQueue(world, queueMs)));
  }
  faults.push(...(await faultsOfRequests(world, requester.accepted)));
  faults.push(...(await faultsOfHistory(world.database)), ...(await faultsOfRecord(world.database)));
  faults.push(...requester.faults, ...world.fleet.faults);
  const { accepted, refused } = requester;
  return { ...(await numbers(world)), faults, accepted: accepted.length, refused, recoveredMs };
}

/** One more sync of each conference, and all runs ended. */
export async function settle(world: World, requester: Requester): Promise<string[]> {
  const { database } = world;
  await untilItAnswers(world);
  await database.orm.update(conferences).set({ pausedAt: null });
  for (const { slug } of world.conferences) await requester.insist(slug);
  const deadline = Date.now() + calmMs;
  for (;;) {
    const open = await database.sql<{ run: string }[]>`
      select concat_ws(' ', 'run', id, 'is still', state, 'flow', flow, 'attempts', attempts, 'heartbeat', heartbeat_at,
        'retry', retry_at, error ->> 'message') as run
        from greenroom.sync_runs where state in ('queued', 'running')`;
    if (open.length === 0) return [];
    if (Date.now() > deadline) return open.map(({ run }) => run);
    await sleep(200);
  }
}

async function untilItAnswers({ database }: World): Promise<void> {
  for (let failed = 0; ; failed += 1) {
    try {
      await database.orm.execute(sql`select 1`);
      return;
    } catch (error) {
      if (failed === 100) throw error;
      await sleep(200);
    }
  }
}

async function numbers({ database }: World) {
  const states = await database.sql<{ state: string; count: number }[]>`
    select state, count(*)::int as count from greenroom.sync_runs group by 1 order by 1`;
  const [sums] = await database.sql<{ repeated: number; steps: number; versions: number }[]>`
    select (select coalesce(sum(attempts - 1), 0)::int from greenroom.sync_runs where attempts > 0) as repeated,
      (select count(*)::int from greenroom.sync_steps) as steps,
      (select count(*)::int from greenroom.talks_versions) +
        (select count(*)::int from greenroom.schedule_slots_versions) as versions`;
  return {
    runs: Object.fromEntries(states.map(({ state, count }) => [state, count])),
    ...(sums ?? { repeated: 0, steps: 0, versions: 0 }),
  };
}
