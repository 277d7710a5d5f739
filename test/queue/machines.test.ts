/** Workers as on several machines: processes with folders of their own that know nothing but the two servers' URLs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Fleet } from '../chaos/fleet.ts';
import { faultsOfRecord, keepRecord } from '../chaos/record.ts';
import { makeConference } from '../runs/conference.ts';
import { backends } from '../support/backends.ts';
import { type ReplayServer, startReplayServer } from '../support/replay-server.ts';
import { gate, openRig, type Rig } from './rig.ts';

describe.each(backends)('on $name', (backend) => {
  let rig: Rig;
  const ends: (() => Promise<void> | void)[] = [];
  beforeAll(async () => {
    rig = await openRig(backend);
    await keepRecord(rig.database);
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  afterAll(() => rig.close());

  const upstreamServer = async (): Promise<ReplayServer> => {
    const upstream = await startReplayServer();
    ends.push(() => upstream.close());
    return upstream;
  };
  const machines = async (count: number, env: Record<string, string>): Promise<Fleet> => {
    const directory = mkdtempSync(join(tmpdir(), 'greenroom-machines-'));
    const servers = {
      DATABASE_URL: rig.config.databaseUrl ?? '',
      ...(rig.redisUrl ? { REDIS_URL: rig.redisUrl } : {}),
    };
    const fleet = new Fleet({ ...servers, PRETALX_TOKEN: 'token-of-organiser', ...env }, directory);
    ends.push(async () => {
      await fleet.close();
      rmSync(directory, { recursive: true, force: true });
    });
    for (let started = 0; started < count; started += 1) fleet.start('worker');
    await fleet.ready(60_000);
    return fleet;
  };
  const conferencesOf = (upstream: ReplayServer, count: number) =>
    Promise.all(Array.from({ length: count }, () => makeConference(rig.database, { baseUrl: upstream.url })));
  const ask = ({ slug }: { slug: string }) => rig.queue.requestSync({ conference: slug, trigger: 'webhook' });

  test('several workers share the work of many conferences: each step is done once, none overlaps', async () => {
    const upstream = await upstreamServer();
    upstream.latencyMs = 20;
    const fleet = await machines(3, { GREENROOM_WORKER_CONCURRENCY: '2' });
    const conferences = await conferencesOf(upstream, 12);
    const asked = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      for (const conference of conferences) asked.add(await ask(conference));
    }
    for (const id of asked) expect(await rig.until(id, 'succeeded')).toMatchObject({ attempts: 1 });
    expect(await faultsOfRecord(rig.database)).toEqual([]);
    const [steps] = await rig.database.sql<{ count: number }[]>`
      select count(*)::int from public.record where kind = 'step'`;
    expect(steps?.count).toBe(asked.size * 4);
    const busy = fleet.logs().filter((lines) => lines.some(({ msg }) => msg === 'step done'));
    expect(busy.length).toBeGreaterThan(1);
    expect(fleet.faults).toEqual([]);
  }, 120_000);

  test('a conference whose pretalx says nothing holds up nobody else', async () => {
    const silentOne = await upstreamServer();
    const upstream = await upstreamServer();
    const answer = gate();
    silentOne.on('').run(() => answer.opened);
    await machines(1, { GREENROOM_WORKER_CONCURRENCY: '2', PRETALX_TIMEOUT: '2m' });
    const [waiting] = await conferencesOf(silentOne, 1);
    const others = await conferencesOf(upstream, 6);
    const slow = await ask(waiting as { slug: string });
    await rig.until(slow, 'running');
    await expect.poll(() => silentOne.requests.length, { timeout: 20_000 }).toBeGreaterThan(0);
    for (const id of await Promise.all(others.map(ask))) await rig.until(id, 'succeeded');
    expect(await rig.until(slow, 'running')).toMatchObject({ attempts: 1 });
    answer.open();
    expect(await rig.until(slow, 'succeeded')).toMatchObject({ attempts: 1 });
  }, 120_000);

  test('a pretalx gets no more requests at once from a process than PRETALX_CONCURRENCY, from all its runs', async () => {
    const upstream = await upstreamServer();
    upstream.latencyMs = 40;
    upstream.largestPage = 10;
    await machines(1, { GREENROOM_WORKER_CONCURRENCY: '5', PRETALX_CONCURRENCY: '3' });
    const conferences = await conferencesOf(upstream, 5);
    for (const id of await Promise.all(conferences.map(ask))) await rig.until(id, 'succeeded');
    expect(upstream.mostAtOnce).toBe(3);
  }, 120_000);

  if (backend.name === 'PostgreSQL') {
    test('when the worker that sweeps is suspended with its machine, another one does it', async () => {
      const fleet = await machines(1, {});
      const sweeps = async () => {
        const [row] = await rig.database.sql<{ pid: number }[]>`
          select pid from pg_locks l join pg_database d on d.oid = l.database where locktype = 'advisory' and granted
            and objid = (hashtext('greenroom sweeper')::bigint & 4294967295)::oid and d.datname = current_database()`;
        return row?.pid;
      };
      await expect.poll(sweeps, { timeout: 20_000 }).toBeTruthy();
      const before = await sweeps();
      void fleet.freeze('worker', 0, 120_000);
      const others = await machines(1, {});
      await expect
        .poll(async () => [undefined, before].includes(await sweeps()), { timeout: 60_000 })
        .toBe(false);
      expect(others.faults).toEqual([]);
    }, 120_000);
  }
});
