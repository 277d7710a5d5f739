import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { conferences } from '../../src/db/schema/index.ts';
import { SettingsError } from '../../src/errors.ts';
import { startWebServer } from '../../src/http/server.ts';
import { createLogger } from '../../src/log.ts';
import { backends } from '../support/backends.ts';
import { adminToken, startTestWeb, type TestWeb } from './web.ts';

let web: TestWeb;
beforeEach(async () => {
  web = await startTestWeb();
});
afterEach(() => web.close());

const browser = { accept: 'text/html,application/xhtml+xml' };
const form = (values: Record<string, string>, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(values),
  headers: { ...browser, origin: web.url, ...headers },
});
const logIn = async (headers: Record<string, string> = {}) => {
  const answer = await web.ask('/login', form({ token: adminToken }, headers));
  const [cookie = ''] = answer.headers.getSetCookie();
  return { answer, cookie, session: { cookie: cookie.split(';')[0] ?? '' } };
};

describe('the board', () => {
  it('shows a login form to people and tells programs what they need', async () => {
    const page = await web.ask('/board', { headers: browser });
    expect(page.status).toBe(401);
    expect(page.headers.get('www-authenticate')).toContain('Bearer');
    expect(await page.text()).toContain('name="token"');
    const answer = await web.ask('/board');
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ error: expect.stringContaining('Bearer') });
    for (const path of ['/board/', '/board/queue/sync', '/board/api/queues', '/board/static/main.js']) {
      expect((await web.ask(path)).status, path).toBe(401);
    }
  });

  it('opens to the admin token as Bearer', async () => {
    const answer = await web.askAsAdmin('/board/api/queues');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ queues: [{ name: 'sync' }, { name: 'notify' }] });
  });

  it('has security headers of its own, and no other page has them', async () => {
    const board = (await web.askAsAdmin('/board')).headers;
    expect(board.get('content-security-policy')).toContain("style-src 'self' 'unsafe-inline'");
    expect(board.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(board.get('x-content-type-options')).toBe('nosniff');
    expect(board.get('strict-transport-security')).not.toContain('includeSubDomains');
    const page = (await web.ask('/')).headers;
    expect(page.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.get('content-security-policy')).not.toContain('unsafe');
  });

  it('is never a failure of ours, whatever is asked of it', async () => {
    for (const [method, path] of [
      ['GET', '/board/api/queues/nope/1'],
      ['GET', '/board/api/queues/sync/%00'],
      ['GET', '/board/api/queues?page=-1&status=nope'],
      ['PUT', '/board/api/queues/nope/retry/completed'],
      ['GET', '/board/nothing/here'],
    ] as const) {
      const { status } = await web.askAsAdmin(path, { method });
      expect(status, `${method} ${path}`).toBeLessThan(500);
    }
  });
});

describe.each(backends)('the board with the queue on $name', ({ name, redisUrl }) => {
  it('shows the jobs of a run and pauses the queue', async () => {
    const url = redisUrl();
    const other = await startTestWeb(url === undefined ? {} : { REDIS_URL: url });
    try {
      await other.queue.ready();
      await other.database.orm.insert(conferences).values({ slug: 'a', name: 'A', pretalxEventSlug: 'a' });
      await other.queue.requestSync({ conference: 'a', trigger: 'cli' });
      const answer = await other.askAsAdmin('/board/api/queues?activeQueue=sync');
      expect(await answer.json()).toMatchObject({
        queues: [
          { name: 'sync', counts: { [name === 'Redis' ? 'waiting' : 'prioritized']: 1 } },
          { name: 'notify' },
        ],
      });
      expect((await other.askAsAdmin('/board/api/queues/sync/pause', { method: 'PUT' })).status).toBe(200);
      expect(await other.queue.board[0]?.isPaused()).toBe(true);
      expect(await (await other.ask('/metrics')).text()).toMatch(
        /greenroom_queue_jobs\{state="waiting-children"\} 3/,
      );
      expect((await other.ask('/readyz')).status).toBe(200);
    } finally {
      await other.close();
    }
  });
});

describe('a session', () => {
  it('is a cookie that scripts and other sites never see, and is not the token', async () => {
    const { answer, cookie, session } = await logIn();
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/board');
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Strict/);
    expect(cookie).not.toContain(adminToken);
    expect(cookie).not.toMatch(/; Secure/);
    expect((await web.ask('/board', { headers: { ...browser, ...session } })).status).toBe(200);
  });

  it('does not open to a cookie that somebody made up or changed', async () => {
    const { session } = await logIn();
    const value = session.cookie.split('=')[1] ?? '';
    const [, nonce, signature] = value.split('.');
    for (const forged of [
      '',
      'x',
      adminToken,
      `9999999999999.${nonce}.${signature}`,
      `${value}x`,
      `${value}.x`,
      value.slice(0, -1),
    ]) {
      const headers = { cookie: `greenroom_session=${forged}` };
      expect((await web.ask('/board/api/queues', { headers })).status, forged).toBe(401);
    }
  });

  it('changes something only from a page of this server', async () => {
    const { session } = await logIn();
    const pause = (headers: Record<string, string>) =>
      web.ask('/board/api/queues/sync/pause', { method: 'PUT', headers: { ...session, ...headers } });
    expect((await pause({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await pause({ origin: 'null' })).status).toBe(403);
    expect((await pause({})).status).toBe(403);
    expect((await pause({ origin: web.url })).status).toBe(200);
    expect(
      (await web.ask('/metrics', { method: 'HEAD', headers: { ...session, via: '1.1 proxy' } })).status,
    ).toBe(200);
    const foreign = await web.ask(
      '/api/conferences/any/sync',
      form({}, { ...session, origin: 'https://evil.example' }),
    );
    expect(foreign.status).toBe(403);
  });

  it('ends with logging out, also for who kept the cookie', async () => {
    const { session } = await logIn();
    expect((await web.ask('/logout', form({}, { ...session, origin: 'https://evil.example' }))).status).toBe(
      403,
    );
    expect((await web.ask('/logout', form({}, session))).status).toBe(303);
    expect((await web.ask('/board/api/queues', { headers: session })).status).toBe(401);
  });

  it('is there after its end for who left the board open, which goes on asking', async () => {
    const { session } = await logIn();
    await web.ask('/logout', form({}, session));
    for (let poll = 0; poll < 12; poll += 1)
      expect((await web.ask('/board/api/queues', { headers: session })).status).toBe(401);
    expect((await logIn()).answer.status).toBe(303);
    const change = () => web.ask('/api/conferences/pycon/sync', { method: 'POST' });
    for (let attempt = 0; attempt < 10; attempt += 1) expect((await change()).status).toBe(401);
    expect((await change()).status).toBe(429);
  });

  it('is not given for a wrong token, nor after too many', async () => {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const answer = await web.ask('/login', form({ token: `wrong ${attempt}` }));
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([401, []]);
    }
    const { answer, cookie } = await logIn();
    expect([answer.status, cookie]).toEqual([429, '']);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect((await web.askAsAdmin('/board/api/queues')).status).toBe(429);
  });

  it('is not given to a form of another site', async () => {
    expect((await logIn({ origin: 'https://evil.example' })).answer.status).toBe(403);
  });

  it('leads only to paths of this server', async () => {
    for (const next of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/.//evil.example',
      'javascript:alert(1)',
    ]) {
      const answer = await web.ask('/login', form({ token: adminToken, next }));
      expect(answer.headers.get('location'), next).toBe('/board');
    }
    const answer = await web.ask('/login', form({ token: adminToken, next: '/c/democon?x=1' }));
    expect(answer.headers.get('location')).toBe('/c/democon?x=1');
  });
});

describe('behind a proxy that the settings name', () => {
  it('the cookie is kept to HTTPS, and every client counts for itself', async () => {
    const proxied = await startTestWeb({ GREENROOM_TRUSTED_PROXIES: '127.0.0.1' });
    try {
      const ask = (address: string, token: string) =>
        proxied.ask('/login', {
          method: 'POST',
          body: new URLSearchParams({ token }),
          headers: { 'x-forwarded-for': address, 'x-forwarded-proto': 'https' },
        });
      for (let attempt = 0; attempt < 10; attempt += 1)
        expect((await ask('192.0.2.1', 'wrong')).status).toBe(401);
      expect((await ask('192.0.2.1', adminToken)).status).toBe(429);
      const other = await ask('192.0.2.2', adminToken);
      expect(other.headers.getSetCookie()[0]).toMatch(/; Secure/);
    } finally {
      await proxied.close();
    }
  });
});

describe('without GREENROOM_ADMIN_TOKEN', () => {
  const start = (env: Record<string, string>, lines: string[] = []) =>
    startWebServer({
      config: readConfig({ DATABASE_URL: web.database.url, PORT: '0', ...env }),
      database: web.database,
      queue: web.queue,
      log: createLogger({ level: 'info', format: 'json' }, { write: (line) => lines.push(line) }),
    });

  it('one is made, and printed once', async () => {
    const lines: string[] = [];
    const server = await start({}, lines);
    try {
      expect(lines.filter((line) => line.includes(server.adminToken))).toHaveLength(1);
      const headers = { authorization: `Bearer ${server.adminToken}` };
      expect((await fetch(`${server.url}/board/api/queues`, { headers })).status).toBe(200);
    } finally {
      await server.close();
    }
  });

  it.each(['0.0.0.0', '::', 'example.org', '127.0.0.1.example.org'])(
    'nothing listens on %s',
    async (host) => {
      await expect(start({ HOST: host })).rejects.toThrow(SettingsError);
      await expect(start({ HOST: host })).rejects.toThrow('GREENROOM_ADMIN_TOKEN');
    },
  );

  it('a port that is taken is said in a sentence', async () => {
    await expect(start({ PORT: new URL(web.url).port })).rejects.toThrow(/in use by another process/);
  });
});
