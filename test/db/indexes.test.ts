/**
 * Every index costs at each write, so each has to have a query that needs it. The product does all its work once in a
 * database where PostgreSQL takes an index wherever it can; what was not taken then, nobody needs.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { cli, type Env, startCli } from '../cli/cli.ts';
import { type Receiver, startReceiver } from '../notify/receiver.ts';
import { secret, secretEnv } from '../notify/stage.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { type ReplayServer, startReplayServer } from '../support/replay-server.ts';
import { freePort } from '../support/servers.ts';

let mirror: TestDatabase;
let database: Database;
let upstream: ReplayServer;
let receiver: Receiver;
beforeAll(async () => {
  mirror = await createTestDatabase();
  const name = new URL(mirror.url).pathname.slice(1);
  await mirror.database.sql.unsafe(`alter database ${name} set enable_seqscan = off`);
  database = openDatabase(mirror.url, { maxConnections: 1 });
  upstream = await startReplayServer({ step: '1-v1.0' });
  receiver = await startReceiver(secret);
});
afterAll(async () => {
  await receiver.close();
  await upstream.close();
  await database.close();
  await mirror.drop();
});

const env = (): Env => ({
  DATABASE_URL: mirror.url,
  PRETALX_BASE_URL: upstream.url,
  PRETALX_TOKEN: upstream.token('organiser'),
  [secretEnv]: secret,
});

async function greenroom(command: string, ...more: string[]): Promise<void> {
  const { code, stderr } = await cli([...command.split(' '), ...more], env());
  expect(code, `${command}: ${stderr}`).toBe(0);
}

const now = async () =>
  (await database.sql<{ now: string }[]>`select clock_timestamp()::text as now`)[0]?.now ?? '';

test('every index is used by something that the product does', async () => {
  const notify = ['--notify-url', receiver.url, '--notify-secret-env', secretEnv];
  await greenroom('conference add democon --event democon', ...notify);
  await greenroom('sync democon');
  const afterFirst = await now();
  await upstream.show('3-v1.1');
  await greenroom('sync democon');
  await greenroom('override set democon talk WBXVAJ title=Another --reason why');
  await greenroom('changes democon');
  await greenroom('export democon --format csv --as-of', afterFirst);
  await workOnce();
  await greenroom('versions');
  await greenroom('restore democon --allow-large-deletions --as-of', afterFirst);
  await greenroom('history purge --keep 1d');
  await greenroom('conference remove democon');
  await vi.waitFor(async () => expect(await unused()).toEqual([]), { timeout: 10_000 });
});

/** Worker and web server, until the changes are delivered, and everything was asked for that others ask for. */
async function workOnce(): Promise<void> {
  const port = String(await freePort());
  const worker = startCli(['work'], { ...env(), PORT: port });
  await worker.says(`:${port}`);
  await vi.waitFor(() => expect(receiver.received).not.toEqual([]), { timeout: 30_000 });
  const api = '/api/conferences/democon';
  for (const path of [
    '/',
    '/c/democon',
    '/metrics',
    `${api}/runs`,
    `${api}/changes`,
    `${api}/schedule.json`,
  ]) {
    expect((await fetch(`http://127.0.0.1:${port}${path}`)).status, path).toBe(200);
  }
  worker.child.kill('SIGTERM');
  await worker.finished;
}

/** Indexes that were never looked into, but for those that keep a rule. All version tables have the same three. */
async function unused(): Promise<string[]> {
  const rows = await database.sql<{ name: string }[]>`
    select case when s.relname not like '%versions' then s.indexrelname
                when i.indpred is not null then 'of versions: the open one of a key'
                when i.indexprs is not null then 'of versions: when they ended'
                else 'of versions: their transaction' end as name
      from pg_stat_user_indexes s join pg_index i using (indexrelid)
     where s.schemaname = 'greenroom' and not i.indisunique
     group by 1 having sum(s.idx_scan) = 0 order by 1`;
  return rows.map(({ name }) => name);
}
