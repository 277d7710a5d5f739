/** What chaos does: to processes, to servers, to pretalx' answers, and to what upstream holds. */
import { setTimeout as sleep } from 'node:timers/promises';
import { pauseConference, resumeConference } from '../../src/conferences/conferences.ts';
import type { Restartable } from '../queue/restartable.ts';
import type { ReplayServer } from '../support/replay-server.ts';
import { changeKinds, changeUpstream, placed, type UpstreamChange } from '../support/upstream-changes.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

export interface Happening {
  name: string;
  weight: number;
  /** Ends when it is over; what it began in the background is in `pending`. */
  happen(): unknown;
}

const listings = ['/rooms/', '/speakers/', '/submissions/', '/slots/', '/tags/', '/tracks/', '/latest/'];
const longestDowntimeMs = 3_000;
/** Long enough to lose locks and sessions now and then. */
const longestFreezeMs = 18_000;

/** @param pending what is still going on when its happening has returned */
export function happeningsOf(world: World, random: Random, pending: Promise<unknown>[]): Happening[] {
  const { fleet, postgres, redis, database } = world;
  const any = () => random.below(1_000);
  const conference = () => random.pick(world.conferences);
  const rule = () => conference().upstream.on(random.pick(listings));
  const later = (work: Promise<unknown>) => void pending.push(work);
  const restart = async (servers: (Restartable | undefined)[], how: 'stop' | 'crash') => {
    const downMs = random.below(longestDowntimeMs);
    await Promise.all(servers.map((server) => server?.[how]()));
    await sleep(downMs);
    await Promise.all(servers.map((server) => server?.start()));
  };
  const pause = async () => {
    const { slug } = conference();
    const ms = random.below(3_000);
    // The database may be away: then it is not paused, or stays so until all is calm.
    await pauseConference(database.orm, slug).catch(() => undefined);
    await sleep(ms);
    await resumeConference(database.orm, slug).catch(() => undefined);
  };
  const drift = () => {
    const { upstream } = conference();
    const change = changeOf(upstream, random);
    const during = upstream.on(random.pick(listings)).after(random.below(3)).once();
    during.run(() => changeUpstream(upstream, change));
  };
  return [
    { name: 'worker killed', weight: 5, happen: () => fleet.replace('worker', any(), 'SIGKILL') },
    { name: 'worker ended', weight: 3, happen: () => fleet.replace('worker', any(), 'SIGTERM') },
    {
      name: 'worker frozen',
      weight: 2,
      happen: () => later(fleet.freeze('worker', any(), random.below(longestFreezeMs))),
    },
    { name: 'web server killed', weight: 1, happen: () => fleet.replace('web', any(), 'SIGKILL') },
    { name: 'web server ended', weight: 1, happen: () => fleet.replace('web', any(), 'SIGTERM') },
    { name: 'PostgreSQL restarted', weight: 2, happen: () => restart([postgres], 'stop') },
    { name: 'PostgreSQL crashed', weight: 2, happen: () => restart([postgres], 'crash') },
    { name: 'Redis lost everything', weight: redis ? 3 : 0, happen: () => restart([redis], 'crash') },
    { name: 'both servers away', weight: redis ? 1 : 0, happen: () => restart([postgres, redis], 'crash') },
    {
      name: '500',
      weight: 3,
      happen: () =>
        rule()
          .times(1 + random.below(6))
          .answer(500),
    },
    {
      name: '502 as a page',
      weight: 2,
      happen: () =>
        rule()
          .times(1 + random.below(6))
          .html(502),
    },
    { name: '429', weight: 3, happen: () => rule().once().answer(429, { 'retry-after': '1' }) },
    {
      name: '503 with a pause',
      weight: 2,
      happen: () => rule().times(2).answer(503, { 'retry-after': '1' }),
    },
    {
      name: 'hung up',
      weight: 2,
      happen: () =>
        rule()
          .times(1 + random.below(5))
          .hangUp(),
    },
    {
      name: 'cut off',
      weight: 2,
      happen: () =>
        rule()
          .times(1 + random.below(5))
          .cutOff(),
    },
    { name: 'stalled', weight: 1, happen: () => rule().once().stall() },
    { name: 'slow', weight: 3, happen: () => rule().times(4).delay(random.below(2_500)) },
    { name: 'drift', weight: 4, happen: drift },
    { name: 'upstream changed', weight: 8, happen: () => changeAny(conference().upstream, random) },
    { name: 'paused', weight: 1, happen: () => later(pause()) },
  ];
}

/** Makes one random change upstream. */
export function changeAny(upstream: ReplayServer, random: Random): void {
  changeUpstream(upstream, changeOf(upstream, random));
}

/** A change that leaves enough to change: a programme of a few talks would trip the guard sooner or later. */
function changeOf(upstream: ReplayServer, random: Random): UpstreamChange {
  const change = { kind: random.pick(changeKinds), pick: random.below(500), amount: random.below(300) };
  const slots = countOf(upstream, 'slots');
  const isTooMuch =
    (change.kind === 'deleteTalk' && countOf(upstream, 'submissions') < 60) ||
    (change.kind === 'unschedule' && slots < 60) ||
    (change.kind === 'holdTwice' && slots > 150);
  return isTooMuch ? { ...change, kind: 'renameTalk' } : change;
}

function countOf(upstream: ReplayServer, listing: 'slots' | 'submissions'): number {
  let count = Number.POSITIVE_INFINITY;
  // Readers see different parts; the smallest part is what changes may use up.
  upstream.edit(listing, (items) => {
    const now = listing === 'slots' ? placed(items).length : items.length;
    count = Math.min(count, now);
    return items;
  });
  return count;
}
