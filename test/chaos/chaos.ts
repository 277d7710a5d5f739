/** Chaos for a while, then calm, then the question whether everything is as it has to be. */
import { setTimeout as sleep } from 'node:timers/promises';

import { type ChaosReport, type Faults, look, settle } from './calm.ts';
import { happeningsOf } from './happenings.ts';
import { randomOf } from './random.ts';
import { Requester } from './requests.ts';
import { startWorld, type World } from './world.ts';

const startMs = 120_000;

export interface ChaosOptions {
  backend: 'PostgreSQL' | 'Redis';
  seed: number;
  seconds: number;
  workers?: number;
  conferences?: number;
  /** Told what happens, as it happens. */
  tell?: (line: string) => void;
}

/** Does it on servers and processes of its own, and leaves none of them behind. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const { backend, seed, workers = 3, conferences = 3 } = options;
  const world = await startWorld({ backend, workers, conferences });
  const requester = new Requester(world, randomOf(seed, 'requests'));
  let keepLogs = true;
  try {
    await world.fleet.ready(startMs);
    const faultsOfStart = await settle(world, requester);
    if (faultsOfStart.length > 0) throw new Error(faultsOfStart.join('; '));
    const overlaps: Faults = new Set();
    const happened = await rage(world, requester, overlaps, options);
    const report = await look(world, requester, randomOf(seed, 'calm'));
    const faults = [...overlaps, ...report.faults];
    keepLogs = faults.length > 0;
    if (keepLogs) faults.push(`(what the processes logged: ${world.logDirectory})`);
    return { ...report, faults, happened };
  } finally {
    await requester.close().catch(() => undefined);
    await world.close({ keepLogs });
  }
}

/** The wild part; returns what happened how often. */
async function rage(
  world: World,
  requester: Requester,
  overlaps: Faults,
  { seed, seconds, tell }: ChaosOptions,
): Promise<Record<string, number>> {
  const random = randomOf(seed, 'happenings');
  const pending: Promise<unknown>[] = [];
  const happenings = happeningsOf(world, random, pending);
  const happened: Record<string, number> = {};
  const end = new AbortController();
  const background = [requester.keepAsking(end.signal), watchForOverlaps(world, end.signal, overlaps)];
  const endsAt = Date.now() + seconds * 1_000;
  while (Date.now() < endsAt) {
    const { name, happen } = random.weighted(happenings);
    happened[name] = (happened[name] ?? 0) + 1;
    tell?.(name);
    await happen();
    await sleep(random.below(900));
  }
  end.abort();
  await Promise.all([...background, ...pending]);
  return happened;
}

/** Asks again and again whether a conference has two running runs. */
async function watchForOverlaps({ database }: World, signal: AbortSignal, overlaps: Faults): Promise<void> {
  while (!signal.aborted) {
    const rows = await database.sql<{ conference: number; runs: number }[]>`
      select conference_id::int as conference, count(*)::int as runs from greenroom.sync_runs
       where state = 'running' group by 1 having count(*) > 1`.catch(() => []);
    for (const { conference, runs } of rows)
      overlaps.add(`conference ${conference} had ${runs} running runs`);
    await sleep(200, undefined, { signal }).catch(() => undefined);
  }
}
