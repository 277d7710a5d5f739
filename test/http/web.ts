/** A real web server for tests, with a database and a queue of its own. */
import { eq, sql } from 'drizzle-orm';
import { expect, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import type { Database } from '../../src/db/client.ts';
import { conferences } from '../../src/db/schema/index.ts';
import { startWebServer } from '../../src/http/server.ts';
import { createLogger } from '../../src/log.ts';
import { openQueue, type Queue } from '../../src/queue/queue.ts';
import { createTestDatabase } from '../support/postgres.ts';

export const adminToken = 'the-admin-token-of-the-tests';

export interface TestWeb {
  url: string;
  database: Database;
  queue: Queue;
  /** What the server logged, line by line. */
  log: string[];
  /** Asks for a path of the server; redirects are not followed. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** The same, with the admin token. */
  askAsAdmin(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

export async function startTestWeb(env: Record<string, string> = {}): Promise<TestWeb> {
  const mirror = await createTestDatabase();
  const config = readConfig({
    DATABASE_URL: mirror.url,
    PORT: '0',
    GREENROOM_ADMIN_TOKEN: adminToken,
    ...env,
  });
  const lines: string[] = [];
  const log = createLogger({ level: 'info', format: 'json' }, { write: (line) => lines.push(line) });
  const queue = await openQueue({ config, database: mirror.database, log });
  const web = await startWebServer({ config, database: mirror.database, queue, log });
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${web.url}${path}`, { redirect: 'manual', ...init });
  return {
    url: web.url,
    database: mirror.database,
    queue,
    log: lines,
    ask,
    askAsAdmin: (path, init = {}) =>
      ask(path, { ...init, headers: { ...init.headers, authorization: `Bearer ${adminToken}` } }),
    async close() {
      await web.close();
      await queue.close();
      await mirror.drop();
    },
  };
}

/**
 * Asks while the conference is being removed, which is done as soon as what was asked waits for it.
 *
 * @returns the answer
 */
export async function askWhileRemoved(
  { database }: TestWeb,
  slug: string,
  ask: () => Promise<Response>,
): Promise<Response> {
  const { asked } = await database.orm.transaction(async (tx) => {
    await tx.select().from(conferences).where(eq(conferences.slug, slug)).for('update');
    const asked = ask();
    const waiting = () => tx.$count(sql`pg_locks`, sql`not granted and locktype = 'transactionid'`);
    await vi.waitFor(async () => expect(await waiting()).toBeGreaterThan(0), { timeout: 10_000 });
    await tx.delete(conferences).where(eq(conferences.slug, slug));
    return { asked };
  });
  return asked;
}
