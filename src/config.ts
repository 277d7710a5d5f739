/** The settings: read once from the environment and a `.env` file, validated, typed. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'dotenv';
import { z } from 'zod';
import { homeFaults } from './config-home.ts';
import * as values from './config-values.ts';
import { SettingsError } from './errors.ts';
import { rememberSecret } from './log-redaction.ts';

/** All settings. Times are milliseconds; what is `undefined` was not set. */
export interface Config {
  databaseUrl: string | undefined;
  /** Absolute. */
  home: string;
  redisUrl: string | undefined;
  pretalx: {
    /** Without a slash at its end. */
    baseUrl: string;
    token: string | undefined;
    concurrency: number;
    connectTimeoutMs: number;
    timeoutMs: number;
  };
  retry: { attempts: number; backoffMs: number };
  guard: { enabled: boolean; minExisting: number; maxFraction: number };
  profile: string;
  users: { table: string; idColumn: string; emailColumn: string } | undefined;
  http: {
    host: string;
    port: number;
    adminToken: string | undefined;
    /** Addresses and networks whose X-Forwarded-For is believed. */
    trustedProxies: string[];
  };
  workerConcurrency: number;
  log: { level: string; format: 'pretty' | 'json' };
}

const defaultHome = '.greenroom';

const settings = z.object({
  DATABASE_URL: values.databaseUrl.optional(),
  GREENROOM_HOME: values.folder.default(defaultHome),
  REDIS_URL: values.redisUrl.optional(),
  PRETALX_BASE_URL: values.pretalxUrl.default('https://pretalx.com'),
  PRETALX_TOKEN: values.secret.optional(),
  PRETALX_CONCURRENCY: values.wholeNumber(1, 100).default(4),
  PRETALX_CONNECT_TIMEOUT: values.duration('1ms').default(5_000),
  PRETALX_TIMEOUT: values.duration('1ms').default(30_000),
  GREENROOM_ATTEMPTS: values.wholeNumber(1, 1000).default(5),
  GREENROOM_BACKOFF: values.duration('0s').default(2_000),
  GREENROOM_GUARD_ENABLED: values.onOrOff.default(true),
  GREENROOM_GUARD_MIN_EXISTING: values.wholeNumber(0, 1_000_000_000).default(5),
  GREENROOM_GUARD_MAX_FRACTION: values.fraction.default(0.4),
  GREENROOM_PROFILE: values.profile.default('auto'),
  GREENROOM_USERS_TABLE: values.tableName.optional(),
  GREENROOM_USERS_ID_COLUMN: values.columnName.default('id'),
  GREENROOM_USERS_EMAIL_COLUMN: values.columnName.default('email'),
  HOST: values.hostName.default('127.0.0.1'),
  PORT: values.wholeNumber(0, 65_535).default(3210),
  GREENROOM_ADMIN_TOKEN: values.secret.optional(),
  GREENROOM_TRUSTED_PROXIES: values.networks.optional(),
  GREENROOM_WORKER_CONCURRENCY: values.wholeNumber(1, 1000).default(4),
  LOG_LEVEL: values.oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent').default('info'),
  LOG_FORMAT: values.oneOf('pretty', 'json').optional(),
});

/** The names of all settings. */
export const settingNames = Object.keys(settings.shape) as (keyof typeof settings.shape)[];

/**
 * Reads and checks the settings. Empty values count as not set.
 *
 * @param env what to read; unless given, the environment, filled up from `.env` in the working folder
 * @throws SettingsError naming every setting that can't be used
 */
export function readConfig(env: NodeJS.ProcessEnv = withDotenv()): Config {
  const given = Object.fromEntries(settingNames.map((name) => [name, env[name]?.trim() || undefined]));
  const read = settings.safeParse(given);
  const faults = read.error?.issues.map((issue) => `${issue.path.join('.')} must be ${issue.message}`) ?? [];
  // With DATABASE_URL nothing is kept there.
  if (given.DATABASE_URL === undefined) faults.push(...homeFaults(given.GREENROOM_HOME ?? defaultHome));
  if (!read.success || faults.length > 0) {
    throw new SettingsError(`${faults.join('; ')}. Change it in the environment or in .env.`);
  }
  const s = read.data;
  for (const secret of [s.PRETALX_TOKEN, s.GREENROOM_ADMIN_TOKEN]) if (secret) rememberSecret(secret);
  return {
    databaseUrl: s.DATABASE_URL,
    home: resolve(s.GREENROOM_HOME),
    redisUrl: s.REDIS_URL,
    pretalx: {
      baseUrl: s.PRETALX_BASE_URL,
      token: s.PRETALX_TOKEN,
      concurrency: s.PRETALX_CONCURRENCY,
      connectTimeoutMs: s.PRETALX_CONNECT_TIMEOUT,
      timeoutMs: s.PRETALX_TIMEOUT,
    },
    retry: { attempts: s.GREENROOM_ATTEMPTS, backoffMs: s.GREENROOM_BACKOFF },
    guard: {
      enabled: s.GREENROOM_GUARD_ENABLED,
      minExisting: s.GREENROOM_GUARD_MIN_EXISTING,
      maxFraction: s.GREENROOM_GUARD_MAX_FRACTION,
    },
    profile: s.GREENROOM_PROFILE,
    users: s.GREENROOM_USERS_TABLE
      ? {
          table: s.GREENROOM_USERS_TABLE,
          idColumn: s.GREENROOM_USERS_ID_COLUMN,
          emailColumn: s.GREENROOM_USERS_EMAIL_COLUMN,
        }
      : undefined,
    http: {
      host: s.HOST,
      port: s.PORT,
      adminToken: s.GREENROOM_ADMIN_TOKEN,
      trustedProxies: s.GREENROOM_TRUSTED_PROXIES ?? [],
    },
    workerConcurrency: s.GREENROOM_WORKER_CONCURRENCY,
    log: { level: s.LOG_LEVEL, format: s.LOG_FORMAT ?? (process.stderr.isTTY ? 'pretty' : 'json') },
  };
}

/**
 * The value of the variable that a conference names for its token or webhook secret; from now on it is kept out of
 * the log. `undefined` when no variable is named, or when it is not set or empty.
 */
export function secretFromEnv(
  name: string | null | undefined,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const value = name ? env[name]?.trim() : undefined;
  if (!value) return undefined;
  rememberSecret(value);
  return value;
}

/**
 * The environment, filled up from `.env`: what is already set stays. Conferences' secrets may be there too.
 *
 * @throws SettingsError when the file can't be read
 */
export function withDotenv(): NodeJS.ProcessEnv {
  let text: string;
  try {
    text = readFileSync('.env', 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return process.env;
    throw new SettingsError(
      `.env can't be read (${(error as NodeJS.ErrnoException).code}). Repair or remove it.`,
    );
  }
  if (text.includes('\0'))
    throw new SettingsError('.env is not written in UTF-8, but most likely in UTF-16. Save it as UTF-8.');
  for (const [name, value] of Object.entries(parse(text))) process.env[name] ??= value;
  return process.env;
}
