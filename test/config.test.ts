import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig, secretFromEnv, settingNames } from '../src/config.ts';
import { SettingsError } from '../src/errors.ts';

const faultsOf = (env: NodeJS.ProcessEnv): string => {
  try {
    readConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as Error).message;
  }
  return '';
};

describe('settings', () => {
  it('have the documented defaults', () => {
    expect(readConfig({})).toMatchObject({
      databaseUrl: undefined,
      home: resolve('.greenroom'),
      redisUrl: undefined,
      pretalx: {
        baseUrl: 'https://pretalx.com',
        token: undefined,
        concurrency: 4,
        connectTimeoutMs: 5_000,
        timeoutMs: 30_000,
      },
      retry: { attempts: 5, backoffMs: 2_000 },
      guard: { enabled: true, minExisting: 5, maxFraction: 0.4 },
      profile: 'auto',
      users: undefined,
      http: { host: '127.0.0.1', port: 3210, adminToken: undefined },
      workerConcurrency: 4,
      log: { level: 'info' },
    });
  });

  it('are read from the environment', () => {
    const config = readConfig({
      DATABASE_URL: 'postgresql://me:secret@db.example.org/mirror?sslmode=require',
      GREENROOM_HOME: '/var/lib/greenroom',
      REDIS_URL: 'rediss://cache.example.org:6380/2',
      PRETALX_BASE_URL: 'https://talks.example.org/sub/',
      PRETALX_TOKEN: 'abcdef123456',
      PRETALX_TIMEOUT: '2m',
      GREENROOM_BACKOFF: '500ms',
      GREENROOM_GUARD_ENABLED: 'off',
      GREENROOM_GUARD_MAX_FRACTION: '.25',
      GREENROOM_PROFILE: 'pyconus',
      GREENROOM_USERS_TABLE: 'public.auth_user',
      GREENROOM_USERS_EMAIL_COLUMN: 'mail',
      PORT: '0',
      LOG_LEVEL: 'DEBUG',
      LOG_FORMAT: 'pretty',
    });
    expect(config).toMatchObject({
      home: '/var/lib/greenroom',
      redisUrl: 'rediss://cache.example.org:6380/2',
      pretalx: { baseUrl: 'https://talks.example.org/sub', token: 'abcdef123456', timeoutMs: 120_000 },
      retry: { backoffMs: 500 },
      guard: { enabled: false, maxFraction: 0.25 },
      profile: 'pyconus',
      users: { table: 'public.auth_user', idColumn: 'id', emailColumn: 'mail' },
      http: { port: 0 },
      log: { level: 'debug', format: 'pretty' },
    });
  });

  it('count as not set when they are empty', () => {
    expect(readConfig({ DATABASE_URL: '', REDIS_URL: ' ', PORT: '' })).toEqual(readConfig({}));
  });

  it('that can not be used are all named at once', () => {
    const wrong: Record<string, string> = {
      DATABASE_URL: 'mysql://db/mirror',
      REDIS_URL: 'localhost:6379',
      PRETALX_BASE_URL: 'pretalx.com',
      PRETALX_TOKEN: 'two words',
      PRETALX_CONCURRENCY: '0',
      PRETALX_CONNECT_TIMEOUT: '5',
      PRETALX_TIMEOUT: 'soon',
      GREENROOM_ATTEMPTS: '-1',
      GREENROOM_BACKOFF: '1.5s',
      GREENROOM_GUARD_ENABLED: 'maybe',
      GREENROOM_GUARD_MIN_EXISTING: 'five',
      GREENROOM_GUARD_MAX_FRACTION: '1.5',
      GREENROOM_PROFILE: 'europython',
      GREENROOM_USERS_TABLE: 'users',
      GREENROOM_USERS_ID_COLUMN: 'a b',
      HOST: 'a host',
      PORT: '65536',
      GREENROOM_WORKER_CONCURRENCY: '1e3',
      LOG_LEVEL: 'loud',
      LOG_FORMAT: 'xml',
    };
    const message = faultsOf(wrong);
    for (const name of Object.keys(wrong)) expect(message).toContain(`${name} must be `);
    expect(message.split(';')).toHaveLength(Object.keys(wrong).length);
  });

  it.each(['PRETALX_CONNECT_TIMEOUT', 'PRETALX_TIMEOUT', 'GREENROOM_BACKOFF'])(
    'that are longer than a timer can be are refused: %s',
    (name) => {
      expect(faultsOf({ [name]: '4w' })).toMatch(`${name} must be a duration like 5s or 2m, from `);
      expect(faultsOf({ [name]: '999999999y' })).toMatch(/ to 1d\./);
      expect(faultsOf({ [name]: '24h' })).toBe('');
    },
  );

  it.each(['postgres://me:50%hunter2@db/mirror', 'postgres://me:%E4hunter2@a:1,b:2/mirror'])(
    'say how a "%%" is written in a URL, without the password: DATABASE_URL %#',
    (url) => {
      expect(faultsOf({ DATABASE_URL: url })).toMatch(/^DATABASE_URL must be .*written %25/);
      expect(faultsOf({ DATABASE_URL: url })).not.toContain('hunter2');
      const written = url.replace(/%/, '%25');
      expect(readConfig({ DATABASE_URL: written }).databaseUrl).toBe(written);
    },
  );

  it('say how a "%" is written in REDIS_URL, without the password', () => {
    const message = faultsOf({ REDIS_URL: 'redis://:50%hunter2@cache:6379/0' });
    expect(message).toMatch(/^REDIS_URL must be .*written %25/);
    expect(message).not.toContain('hunter2');
    expect(faultsOf({ REDIS_URL: 'redis://:50%25hunter2@cache:6379/0' })).toBe('');
  });

  it.each(['/abc', '/-1', '/1.5', '/0/1', '/ '])('refuse %j for the number of a Redis database', (path) => {
    expect(faultsOf({ REDIS_URL: `redis://cache:6379${path}?family=4` })).toMatch(
      /^REDIS_URL must be a URL whose path is a database's number/,
    );
  });

  it.each(['', '/', '/0', '/99', '?cluster=true', '/?family=6'])(
    'take a Redis URL that ends in %j',
    (end) => {
      expect(faultsOf({ REDIS_URL: `redis://cache:6379${end}` })).toBe('');
    },
  );

  it('never show a value, whichever setting a secret was put into', () => {
    const unwritable = 'hunter2 \u0007';
    const everything = Object.fromEntries(settingNames.map((name) => [name, `x://me:${unwritable}@host`]));
    expect(faultsOf(everything)).not.toContain('hunter2');
  });

  it('accept a PostgreSQL URL of several hosts, and one of a socket', () => {
    for (const url of ['postgres://a:5432,b:5432/mirror', 'postgres:///mirror?host=/var/run/postgresql']) {
      expect(readConfig({ DATABASE_URL: url }).databaseUrl).toBe(url);
    }
  });
});

describe('a .env file', () => {
  const before = { folder: process.cwd(), port: process.env.PORT };
  let folder = '';
  afterEach(() => {
    process.chdir(before.folder);
    rmSync(folder, { recursive: true, force: true });
    delete process.env.CONFERENCE_TOKEN;
    delete process.env.GREENROOM_ATTEMPTS;
    if (before.port === undefined) delete process.env.PORT;
    else process.env.PORT = before.port;
  });

  it('adds settings and secrets, and never overrides the environment', () => {
    folder = mkdtempSync(join(tmpdir(), 'greenroom-test-env-'));
    process.chdir(folder);
    writeFileSync(
      '.env',
      'PORT=4000\nGREENROOM_ATTEMPTS=7 # more patience\nCONFERENCE_TOKEN="from the file"\n',
    );
    process.env.PORT = '5000';
    const config = readConfig();
    expect(config.http.port).toBe(5000);
    expect(config.retry.attempts).toBe(7);
    expect(secretFromEnv('CONFERENCE_TOKEN')).toBe('from the file');
  });

  it('in UTF-16 is not passed over in silence', () => {
    folder = mkdtempSync(join(tmpdir(), 'greenroom-test-env-'));
    process.chdir(folder);
    writeFileSync('.env', '\ufeffGREENROOM_ATTEMPTS=7\n', 'utf16le');
    expect(() => readConfig()).toThrow(/\.env is not written in UTF-8.* Save it as UTF-8/);
  });
});

describe('secretFromEnv', () => {
  it('gives nothing when no variable is named, or when it is not set', () => {
    const env = { EMPTY: '', TOKEN: ' value\n' };
    expect(secretFromEnv(null, env)).toBeUndefined();
    expect(secretFromEnv('MISSING', env)).toBeUndefined();
    expect(secretFromEnv('EMPTY', env)).toBeUndefined();
    expect(secretFromEnv('TOKEN', env)).toBe('value');
  });
});
