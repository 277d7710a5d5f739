import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { databaseFailure } from '../../src/db/failure.ts';
import { DatabaseUnavailableError, QueueUnavailableError } from '../../src/errors.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

describe('a connection that is lost', () => {
  let mirror: TestDatabase;
  beforeAll(async () => {
    mirror = await createTestDatabase();
  });
  afterAll(() => mirror.drop());

  const cut = (pid: number) => mirror.database.sql`select pg_terminate_backend(${pid}, 5000)`;

  test('in the middle of a transaction fails all that comes after it, and nothing of it is written', async () => {
    await mirror.database.sql`create table public.written (n int)`;
    const database = openDatabase(mirror.url, { maxConnections: 1 });
    const later: Promise<unknown>[] = [];
    const done = Promise.withResolvers<void>();
    const transaction = database.orm.transaction(async (tx) => {
      const [own] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
      await cut(own?.pid ?? 0);
      await sleep(50);
      // By now the connection's place is taken by a new one.
      await database.sql`select 1`;
      for (let n = 0; n < 3; n += 1) later.push(tx.execute(sql`insert into public.written values (${n})`));
      await Promise.allSettled(later);
      done.resolve();
    });
    await expect(transaction).rejects.toThrow();
    await done.promise;
    for (const statement of later) await expect(statement).rejects.toThrow();
    expect(await database.orm.execute(sql`select n from public.written`)).toHaveLength(0);
    await database.close();
  });

  test('while it works on a statement fails that one alone, and not the first one of its successor', async () => {
    const database = openDatabase(mirror.url, { maxConnections: 1 });
    const [own] = await database.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
    const lost = expect(database.sql`select pg_sleep(60)`).rejects.toThrow();
    await sleep(50);
    await cut(own?.pid ?? 0);
    await lost;
    expect(await database.sql`select 1 as one`).toEqual([{ one: 1 }]);
    await database.close();
  });

  test('ends no process either where Drizzle has loaded the driver before', async () => {
    const script = `
      import ${JSON.stringify(new URL('../../src/lean-drizzle.ts', import.meta.url).href)};
      await import('drizzle-orm/postgres-js');
      const { openDatabase } = await import(${JSON.stringify(new URL('../../src/db/client.ts', import.meta.url).href)});
      const [database, other] = [1, 1].map((max) => openDatabase(process.env.URL_OF_IT, { maxConnections: max }));
      const refused = await database.sql.begin(async (tx) => {
        const [{ pid }] = await tx\`select pg_backend_pid() as pid\`;
        await other.sql\`select pg_terminate_backend(\${pid}, 5000)\`;
        await new Promise((resolve) => setTimeout(resolve, 50));
        await tx\`select 1\`;
      }).then(() => 'no', () => 'yes');
      await new Promise((resolve) => setTimeout(resolve, 50));
      process.stdout.write(refused);
      process.exit();`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { cwd: new URL('../..', import.meta.url), env: { ...process.env, URL_OF_IT: mirror.url } },
    );
    expect(stdout).toBe('yes');
  });

  test('while it is written to works again afterwards', async () => {
    const database = openDatabase(mirror.url, { maxConnections: 1 });
    for (let round = 0; round < 20; round += 1) {
      const { pid } = await eventually(async () => {
        const [own] = await database.sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
        return own ?? { pid: 0 };
      });
      const killed = cut(pid);
      const writing = Array.from({ length: 20 }, async () => {
        await sleep(Math.random() * 4);
        return database.sql`select 1`;
      });
      await Promise.allSettled([killed, ...writing]);
    }
    const answers = Array.from({ length: 10 }, (_, n) =>
      eventually(() => database.orm.execute<{ n: number }>(sql`select ${n}::int as n`)),
    );
    expect((await Promise.all(answers)).map(([row]) => row?.n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await database.close();
  });

  test('fails what is asked of it between its error and its end, instead of keeping that waiting for ever', async () => {
    const server = new URL(mirror.url);
    const [port, host] = [Number(server.port), server.hostname];
    const accepted: Socket[] = [];
    const between = createServer((asked) => {
      accepted.push(asked);
      const answering = connect(port, host);
      asked.on('error', () => answering.destroy()).on('close', () => answering.destroy());
      answering.on('error', () => asked.destroy());
      answering.pipe(asked).pipe(answering);
    });
    await once(between.listen(0, '127.0.0.1'), 'listening');
    const own = (between.address() as AddressInfo).port;
    server.port = String(own);
    const database = openDatabase(server.href, { maxConnections: 1 });
    await database.sql`select 1`;
    const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles(): unknown[] };
    const socket = handles().find(
      (handle): handle is Socket => handle instanceof Socket && handle.remotePort === own,
    );
    const asked = Promise.withResolvers<Promise<string>[]>();
    socket?.once('error', () => {
      asked.resolve([1, 2].map((n) => database.sql`select ${n}::int as n`.then(String, () => 'failed')));
    });
    accepted[0]?.resetAndDestroy();
    expect(await Promise.all(await asked.promise)).toContain('failed');
    expect(await database.sql`select 1 as one`).toEqual([{ one: 1 }]);
    await database.close();
    between.close();
  });

  test.each(['reset', 'closed'])('%s while the array types are asked for ends no process', async (how) => {
    const server = new URL(mirror.url);
    const [port, host] = [Number(server.port), server.hostname];
    let cuts = 0;
    const between = createServer((asked) => {
      const answering = connect(port, host);
      asked.on('error', () => answering.destroy()).on('close', () => answering.destroy());
      answering.on('error', () => asked.destroy()).on('close', () => asked.destroy());
      answering.pipe(asked);
      asked.on('data', (data) => {
        if (cuts === 2 || !data.includes('typcategory')) return answering.write(data);
        cuts += 1;
        return how === 'reset' ? asked.resetAndDestroy() : asked.end();
      });
    });
    await once(between.listen(0, '127.0.0.1'), 'listening');
    server.port = String((between.address() as AddressInfo).port);
    const database = openDatabase(server.href, { maxConnections: 1 });
    const [row] = await eventually(
      () => database.sql<{ words: string[] }[]>`select array['a', 'b'] as words`,
    );
    expect(row?.words).toEqual(['a', 'b']);
    expect(cuts).toBe(2);
    await database.close();
    between.close();
  });

  test('is not needed for lists: they are written and read as such from the first query on', async () => {
    const database = openDatabase(mirror.url, { maxConnections: 1 });
    const [row] = await database.sql<{ words: string[]; found: boolean }[]>`
      select array['a', 'b'] as words, 'b' = any(${['a', 'b']}::text[]) as found`;
    expect(row).toEqual({ words: ['a', 'b'], found: true });
    await database.close();
  });
});

test('a database that is closed to all for maintenance is one that is away', async () => {
  const closed = await createTestDatabase();
  const server = openDatabase(inject('postgresUrl'), { maxConnections: 1 });
  await server.sql.unsafe(`alter database ${new URL(closed.url).pathname.slice(1)} allow_connections false`);
  const failure = await closed.database.sql`select 1`.catch((error: unknown) => error);
  expect(databaseFailure(failure, closed.url)).toBeInstanceOf(DatabaseUnavailableError);
  await server.close();
  await closed.drop();
});

test('a view without its data has the code of a closed database, and is not told as one', async () => {
  const db = await createTestDatabase();
  const { sql } = db.database;
  await sql`create materialized view public.people as select 1 as id with no data`;
  const failure = await sql`select id from public.people`.catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: '55000' });
  expect(databaseFailure(failure, db.url)).toBe(failure);
  await db.drop();
});

test('a server of another kind that is away is not told as PostgreSQL', () => {
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  const failure = new QueueUnavailableError('Redis can not be used.', { cause });
  expect(databaseFailure(failure, 'postgres://localhost:1/programme')).toBe(failure);
});

test('a password with an @ that should have been escaped is not shown', () => {
  const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  const { message } = databaseFailure(refused, 'postgres://me:pass@word@localhost:1/programme') as Error;
  expect(message).toMatch(/^PostgreSQL at localhost:1\/programme can not be used/);
});

/** What `ask` answers, when a lost connection was not noticed before. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (let failed = 0; ; failed += 1) {
    try {
      return await ask();
    } catch (error) {
      if (failed === 5) throw error;
      await sleep(20);
    }
  }
}
