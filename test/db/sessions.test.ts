import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/db/client.ts';
import { openMirror } from '../../src/db/open.ts';
import { createLogger } from '../../src/log.ts';
import { openPostgresBackend } from '../../src/queue/postgres-backend.ts';
import { createTestDatabase } from '../support/postgres.ts';

const log = createLogger({ level: 'silent', format: 'json' });

/** What PgBouncer knows by itself; any other parameter of a connection it refuses. */
const known = [
  'user',
  'database',
  'client_encoding',
  'application_name',
  'DateStyle',
  'TimeZone',
  'standard_conforming_strings',
];

describe('sessions', () => {
  test('work as they should in a database that is set to another style of dates, to backslashes in texts, and to a stricter isolation', async () => {
    const { url, database: owner, drop } = await createTestDatabase({ empty: true });
    const name = new URL(url).pathname.slice(1);
    for (const setting of [
      "datestyle = 'German, DMY'",
      'standard_conforming_strings = off',
      "default_transaction_isolation = 'serializable'",
    ]) {
      await owner.sql.unsafe(`alter database ${name} set ${setting}`);
    }
    const database = await openMirror({ databaseUrl: url, home: '/nowhere' });
    await database.sql`insert into greenroom.conferences (slug, name, starts_on) values ('c', 'C', '2026-07-15')`;
    const [row] = await database.orm.execute(
      sql`select starts_on, created_at::text from greenroom.conferences`,
    );
    expect(row).toEqual({ starts_on: '2026-07-15', created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d /) });
    const isolations = await Promise.all(
      [1, 2].map(() => database.sql`select current_setting('transaction_isolation') from pg_sleep(0.1)`),
    );
    expect(isolations.flat().map((one) => one.current_setting)).toEqual(['read committed', 'read committed']);
    await database.close();
    const queue = await openPostgresBackend(url, log);
    const pool = queue.options.connection as unknown as { query(text: string): Promise<{ rows: unknown[] }> };
    expect((await pool.query('show transaction_isolation')).rows).toEqual([
      { transaction_isolation: 'read committed' },
    ]);
    await queue.close();
    await drop();
  });

  test('begin with no parameter that PgBouncer does not know', async () => {
    const { url, drop } = await createTestDatabase();
    const proxy = await startupParametersSeen(url);
    const database = openDatabase(proxy.url, { maxConnections: 1 });
    await database.sql`select 1`;
    await database.close();
    const queue = await openPostgresBackend(proxy.url, log);
    await queue.ping(5_000);
    await queue.close();
    await proxy.close();
    expect(proxy.seen.size).toBeGreaterThan(3);
    expect([...proxy.seen].filter((name) => !known.includes(name))).toEqual([]);
    await drop();
  });
});

/** An address that leads to the server of `url`, and the names in the first packets that came along. */
async function startupParametersSeen(url: string) {
  const { hostname, port } = new URL(url);
  const seen = new Set<string>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    client.once('data', (packet) => {
      // Length and version, then names and values by turns, each with a zero at its end.
      const texts = packet.subarray(8).toString().split('\0');
      for (let at = 0; texts[at]; at += 2) seen.add(texts[at] as string);
    });
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = new URL(url);
  address.port = String((server.address() as AddressInfo).port);
  return {
    url: address.href,
    seen,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
