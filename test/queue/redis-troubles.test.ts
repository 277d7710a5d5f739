/** A Redis that is there and can't be used, or not as it is set up: said in one sentence, without the password. */
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openQueue, type Queue } from '../../src/queue/queue.ts';
import { backends } from '../support/backends.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { steadyPort } from '../support/servers.ts';
import { type Restartable, restartableRedis } from './restartable.ts';
import { silent } from './rig.ts';

describe.each(backends.filter(({ name }) => name === 'Redis'))('a $name', () => {
  const toClose: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of toClose.splice(0).reverse()) await close();
  });

  async function redis(settings: readonly string[] = []): Promise<Restartable> {
    const server = await restartableRedis(settings);
    toClose.push(() => server.remove());
    return server;
  }
  async function queueOn(redisUrl: string): Promise<Queue> {
    const { url, database, drop } = await createTestDatabase();
    const config = readConfig({ DATABASE_URL: url, REDIS_URL: redisUrl });
    const queue = await openQueue({ config, database, log: silent });
    toClose.push(drop, () => queue.close());
    return queue;
  }
  const withUser = (url: string, user: string) => url.replace('//', `//${user}@`);
  const complaint = async (queue: Queue) => {
    const error = await queue.ready(1_500).then(
      () => new Error('it is ready'),
      (thrown: Error) => thrown,
    );
    expect(error.message).not.toContain('hunter2');
    return error.message;
  };
  /** Commands to a server that wants no password. */
  async function tell(url: string, ...commands: string[][]): Promise<void> {
    const client = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
    client.on('error', () => {});
    for (const [name = '', ...args] of commands) await client.call(name, ...args);
    client.disconnect();
  }

  test.each([
    ['one', '', 'nothing listens there'],
    ['cluster', '?cluster=true', 'no connection to it can be made'],
  ])('that nobody started (%s) is told from one that is slow', async (_, end, reason) => {
    const port = await steadyPort();
    expect(await complaint(await queueOn(`redis://:hunter2@127.0.0.1:${port}${end}`))).toBe(
      `Redis at 127.0.0.1:${port} can not be used: ${reason}. Check REDIS_URL and the server.`,
    );
  });

  test('that wants a password, or another one, says so', async () => {
    const { url } = await redis(['--requirepass', 'correct-horse']);
    expect(await complaint(await queueOn(url))).toMatch(/it wants a password\. Put it into REDIS_URL/);
    expect(await complaint(await queueOn(withUser(url, ':hunter2')))).toMatch(
      /it refused the user or the password/,
    );
    await (await queueOn(withUser(url, ':correct-horse'))).ready();
  });

  test('without the database that is asked for is not used in its database 0 instead', async () => {
    const { url } = await redis(['--databases', '2']);
    const queue = await queueOn(`${url}/99`);
    expect(await complaint(queue)).toMatch(/it has no database of that number/);
    expect(queue.isUp()).toBe(false);
    await (await queueOn(`${url}/1`)).ready();
  });

  test.each([
    ['run scripts', '-@scripting'],
    ['delete keys', '-del'],
    ['touch its keys', 'resetkeys'],
    ['ask for INFO', '-info'],
  ])('whose user may not %s is no use', async (_, rule) => {
    const { url } = await redis();
    await tell(url, ['ACL', 'SETUSER', 'me', 'on', '>hunter2', '~*', '&*', '+@all', rule]);
    expect(await complaint(await queueOn(withUser(url, 'me:hunter2')))).toMatch(
      /its user may not do what the queue needs .* ACL SETUSER/,
    );
  });

  test('that may evict jobs is warned about, also where CONFIG is refused', async () => {
    const { url } = await redis();
    await tell(url, ['ACL', 'SETUSER', 'me', 'on', '>hunter2', '~*', '&*', '+@all', '-config']);
    const queue = await queueOn(withUser(url, 'me:hunter2'));
    expect(await queue.warnings()).toEqual([]);
    await tell(url, ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru']);
    expect(await queue.warnings()).toEqual([expect.stringMatching(/allkeys-lru.*Set it to noeviction/)]);
  });
});
