/** Takes samples of syncs, each beside its floor. */
import type { Backend } from '../options.ts';
import type { SyncFigures } from '../programs/sync-worker.ts';
import type { Child } from '../stage/child.ts';
import { type CopyFloor, copyFloor } from '../stage/copy-floor.ts';
import { forgetPeak, peakRssMb } from '../stage/memory.ts';
import type { Mirror } from '../stage/stage.ts';
import type { Upstream } from '../stage/upstream.ts';

export interface Sample extends SyncFigures {
  fetchMs: number;
  peakRssMb: number | undefined;
}

export interface Samples {
  first: (Sample & { copy: CopyFloor })[];
  /** The first one after the first sync. */
  unchangedFirst: Sample[];
  unchanged: Sample[];
  changed: Sample[];
}

/** One size, queue and latency. */
export interface SyncCase extends Samples {
  talks: number;
  backend: Backend;
  latencyMs: number;
  /** Fetching one page after the other. */
  pageByPageMs: number | undefined;
}

export function emptySamples(): Samples {
  return { first: [], unchangedFirst: [], unchanged: [], changed: [] };
}

interface Parts {
  upstream: Upstream;
  worker: Child;
}

/** The first sync of a mirror, and both of its floors. */
export async function sampleFirst(
  samples: Samples,
  { mirror, empty, ...parts }: Parts & { mirror: Mirror; empty: Mirror },
): Promise<void> {
  const sample = await sampleSync(parts);
  samples.first.push({ ...sample, copy: await copyFloor(mirror.database, empty.database) });
}

/** Unchanged syncs, and as many with 1 % changed: there and back again. */
export async function sampleRepeated(samples: Samples, parts: Parts, times: number): Promise<void> {
  samples.unchangedFirst.push(await sampleSync(parts));
  for (let time = 0; time < times; time += 1) samples.unchanged.push(await sampleSync(parts));
  for (let time = 0; time < times; time += 1) {
    await parts.upstream.serve({ changedFraction: time % 2 === 0 ? 0.01 : 0 });
    samples.changed.push(await sampleSync(parts));
  }
  await parts.upstream.serve({ changedFraction: 0 });
}

async function sampleSync({ upstream, worker }: Parts): Promise<Sample> {
  const fetchMs = await upstream.fetchMs();
  forgetPeak(worker.pid);
  const figures = await worker.ask<SyncFigures>('sync');
  return { ...figures, fetchMs, peakRssMb: peakRssMb(worker.pid) };
}
