/** A Redis cluster of two nodes: all keys of an installation are on one of them, and either may go away. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeConference } from '../runs/conference.ts';
import { backends } from '../support/backends.ts';
import { steadyPort } from '../support/servers.ts';
import { type Restartable, restartableRedis } from './restartable.ts';
import { openRig, type Rig, stepsThat } from './rig.ts';

interface Node {
  server: Restartable;
  client: Redis;
  /** On which nodes talk to each other. */
  busPort: number;
}

async function startNode(): Promise<Node> {
  const busPort = await steadyPort();
  const server = await restartableRedis(['--cluster-enabled', 'yes', '--cluster-port', String(busPort)]);
  const client = new Redis(server.url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  client.on('error', () => {});
  return { server, client, busPort };
}

describe.each(backends.filter(({ name }) => name === 'Redis'))('on a cluster of $name', () => {
  let nodes: Node[] = [];
  let rig: Rig;

  beforeAll(async () => {
    const [first, second] = [await startNode(), await startNode()];
    nodes = [first, second];
    await first.client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
    await second.client.call('CLUSTER', 'ADDSLOTSRANGE', '8192', '16383');
    await first.client.call('CLUSTER', 'MEET', '127.0.0.1', new URL(second.server.url).port, second.busPort);
    await vi.waitFor(
      async () => {
        for (const { client } of nodes)
          expect(await client.call('CLUSTER', 'INFO')).toContain('cluster_state:ok');
      },
      { timeout: 20_000, interval: 100 },
    );
    rig = await openRig({ redisUrl: () => `${first.server.url}?cluster=true` });
  }, 60_000);
  afterAll(async () => {
    await rig?.close();
    for (const { client, server } of nodes) {
      client.disconnect();
      await server.remove();
    }
  });

  test('a run goes through all its steps, and all keys are on one node', async () => {
    const { slug } = await makeConference(rig.database);
    const seen: string[] = [];
    const worker = await rig.queue.startWorker({
      steps: stepsThat(async (step) => {
        seen.push(step);
        return undefined;
      }),
    });
    await rig.until(await rig.queue.requestSync({ conference: slug, trigger: 'api' }), 'succeeded');
    expect(seen).toEqual(['rooms', 'speakers', 'talks', 'schedule']);
    const sizes = await Promise.all(nodes.map(({ client }) => client.dbsize()));
    expect(sizes.filter((size) => size > 0)).toHaveLength(1);
    await worker.close();
  });

  test('a request while nodes restart empty is run when they are back', async () => {
    const { slug } = await makeConference(rig.database);
    const worker = await rig.queue.startWorker({ steps: stepsThat(async () => undefined) });
    await rig.until(await rig.queue.requestSync({ conference: slug, trigger: 'api' }), 'succeeded');
    for (const { server } of nodes) await server.stop();
    const id = await rig.queue.requestSync({ conference: slug, trigger: 'webhook' });
    for (const { server } of nodes) await server.start();
    await rig.until(id, 'succeeded');
    await worker.close();
  }, 60_000);
});
