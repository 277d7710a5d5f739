import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { databaseFailure } from '../../src/db/failure.ts';
import { openMirror } from '../../src/db/open.ts';
import { DatabaseUnavailableError } from '../../src/errors.ts';
import { closedFolder, listens } from '../support/embedded.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { freePort } from '../support/servers.ts';

describe('openMirror', { timeout: 120_000 }, () => {
  let folder: string | undefined;
  afterEach(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
    folder = undefined;
  });

  it('opens and migrates the database of DATABASE_URL', async () => {
    const test = await createTestDatabase({ empty: true });
    const mirror = await openMirror({ databaseUrl: test.url, home: '/nowhere' });
    expect([...(await mirror.sql`SELECT count(*)::int AS talks FROM greenroom.talks`)]).toEqual([
      { talks: 0 },
    ]);
    await mirror.close();
    await test.drop();
  });

  it('opens and migrates the embedded database without one, and gives its server back when it is closed', async () => {
    folder = closedFolder();
    const settings = { databaseUrl: undefined, home: join(folder, 'home') };
    const [mirror, another] = await Promise.all([openMirror(settings), openMirror(settings)]);
    expect(mirror.url).toBe(another.url);
    const away = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    expect(String(databaseFailure(away, mirror.url))).toMatch(
      /nothing listens there\. .* server\.log in .*home/,
    );
    await mirror.close();
    expect([...(await another.sql`SELECT count(*)::int AS talks FROM greenroom.talks`)]).toEqual([
      { talks: 0 },
    ]);
    await another.close();
    expect(await listens(mirror.url)).toBe(false);
  });

  it('says what is wrong with DATABASE_URL without showing the password', async () => {
    const databaseUrl = `postgres://me:hunter2@127.0.0.1:${await freePort()}/mirror`;
    const failure = await openMirror({ databaseUrl, home: '/nowhere' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DatabaseUnavailableError);
    expect(String(failure)).toMatch(/nothing listens there\. Check DATABASE_URL/);
    expect(String(failure)).not.toContain('hunter2');
  });
});
