/** A Redis cluster of two nodes: all keys of an installation are on one of them, and either may go away. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeConference } from '../runs/conference.ts';
import { backends } from '../support/backends.ts';
import { steadyPort } from '../support/servers.ts';
import { openRig, type Rig, stepsThat } from './rig.ts';

class Node {
  readonly port: number;
  /** On which nodes talk to each other. */
  readonly busPort: number;
  readonly client: Redis;
  readonly #home = mkdtempSync(join(tmpdir(), 'greenroom-redis-'));
  #running: ChildProcess | undefined;

  constructor(port: number, busPort: number) {
    this.port = port;
    this.busPort = busPort;
    this.client = new Redis(port, { lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: () => 50 });
    this.client.on('error', () => {});
  }

  async start(): Promise<void> {
    const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(this.busPort)];
    const args = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', ...cluster];
    this.#running = spawn('redis-server', [...args, '--dir', this.#home], { stdio: 'ignore' });
    await this.client.ping();
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#running?.once('exit', resolve) ?? resolve(undefined));
    this.#running?.kill('SIGKILL');
    await ended;
  }

  async remove(): Promise<void> {
    this.client.disconnect();
    await this.stop();
    rmSync(this.#home, { recursive: true, force: true });
  }
}

describe.each(backends.filter(({ name }) => name === 'Redis'))('on a cluster of $name', () => {
  let nodes: Node[] = [];
  let rig: Rig;

  beforeAll(async () => {
    nodes = [
      new Node(await steadyPort(), await steadyPort()),
      new Node(await steadyPort(), await steadyPort()),
    ];
    const [first, second] = nodes as [Node, Node];
    await Promise.all(nodes.map((node) => node.start()));
    await first.client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
    await second.client.call('CLUSTER', 'ADDSLOTSRANGE', '8192', '16383');
    await first.client.call('CLUSTER', 'MEET', '127.0.0.1', second.port, second.busPort);
    await vi.waitFor(
      async () => {
        for (const { client } of nodes)
          expect(await client.call('CLUSTER', 'INFO')).toContain('cluster_state:ok');
      },
      { timeout: 20_000, interval: 100 },
    );
    rig = await openRig({ redisUrl: () => `redis://127.0.0.1:${first.port}?cluster=true` });
  }, 60_000);
  afterAll(async () => {
    await rig?.close();
    for (const node of nodes) await node.remove();
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
    for (const node of nodes) await node.stop();
    const id = await rig.queue.requestSync({ conference: slug, trigger: 'webhook' });
    for (const node of nodes) await node.start();
    await rig.until(id, 'succeeded');
    await worker.close();
  }, 60_000);
});
