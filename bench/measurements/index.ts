/** All measurements, in the order in which they are made. */
import type { Measurement } from '../measurement.ts';
import { asOf } from './as-of.ts';
import { commands } from './commands.ts';
import { counts } from './counts.ts';
import { dueAtOnce } from './due-at-once.ts';
import { peers } from './peers.ts';
import { queue } from './queue.ts';
import { reading } from './reading.ts';
import { syncs } from './syncs.ts';
import { versions } from './versions.ts';
import { webhook } from './webhook.ts';

export const measurements: readonly Measurement[] = [
  counts,
  syncs,
  queue,
  webhook,
  dueAtOnce,
  commands,
  versions,
  asOf,
  reading,
  peers,
];
