/** What can be found out without asking pretalx: settings, database, queue. */
import type { Config } from '../../config.ts';
import type { Database } from '../../db/client.ts';
import { isLoopback } from '../../http/auth/loopback.ts';
import { openQueue } from '../../queue/queue.ts';
import { tryAccounts } from '../../sync/accounts.ts';
import type { Mirror } from '../invocation.ts';
import { type Finding, findingsAbout, messageOf } from './finding.ts';

const clockToleranceMs = 5_000;
const shortestSafeToken = 16;

export function checkSettings(config: Config): Finding[] {
  const { ok, warn, fail } = findingsAbout('settings');
  const findings = [ok('All settings can be used.')];
  if (config.http.adminToken === undefined) {
    findings.push(
      isLoopback(config.http.host)
        ? warn('GREENROOM_ADMIN_TOKEN is not set: the web server makes a new admin token at each start.')
        : fail(
            `GREENROOM_ADMIN_TOKEN is not set, so the web server refuses to listen on ${config.http.host}. Set it.`,
          ),
    );
  } else if (config.http.adminToken.length < shortestSafeToken) {
    findings.push(
      warn('GREENROOM_ADMIN_TOKEN is so short that it can be guessed. Make one with: openssl rand -hex 32'),
    );
  }
  if (!config.guard.enabled) {
    findings.push(warn('The removal guard is off (GREENROOM_GUARD_ENABLED): a sync may empty the mirror.'));
  }
  return findings;
}

/** The database is open and migrated by now. */
export async function checkDatabase(database: Database, config: Config): Promise<Finding[]> {
  const { ok, warn, fail } = findingsAbout('database');
  const [server] = await database.sql<{ version: string; number: number; name: string; now_ms: number }[]>`
    select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
           current_database() as name, (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms`;
  if (!server) return [fail('The database answers nothing.')];
  const what =
    config.databaseUrl === undefined
      ? `the embedded server under ${config.home}`
      : `database "${server.name}"`;
  const findings = [
    server.number < 140_000
      ? fail(`PostgreSQL ${server.version} is too old; greenroom needs 14 or newer.`)
      : ok(`PostgreSQL ${server.version}, ${what}; the schema is up to date.`),
  ];
  const apartMs = Math.abs(server.now_ms - Date.now());
  if (apartMs > clockToleranceMs) {
    findings.push(
      warn(
        `The database's clock and this machine's are ${Math.round(apartMs / 1000)} s apart. Set them by NTP.`,
      ),
    );
  }
  return findings;
}

/** Nothing when no accounts table is set: then speakers are not linked. */
export async function checkAccounts({ orm }: Database, { users }: Config): Promise<Finding[]> {
  if (users === undefined) return [];
  const { ok, fail } = findingsAbout('accounts');
  try {
    await tryAccounts(orm, users);
    return [ok(`Speakers are linked to ${users.table}.`)];
  } catch (error) {
    return [fail(messageOf(error))];
  }
}

export async function checkQueue(mirror: Mirror): Promise<Finding[]> {
  const kind = mirror.config.redisUrl === undefined ? 'in PostgreSQL' : 'on Redis';
  const { ok, warn, fail } = findingsAbout('queue');
  try {
    const queue = await openQueue(mirror);
    try {
      await queue.ready(5_000);
      const { ok: healthy, message } = await queue.health();
      if (!healthy) return [fail(message)];
      return [ok(`The queue ${kind} answers.`), ...(await queue.warnings()).map((warning) => warn(warning))];
    } finally {
      await queue.close();
    }
  } catch (error) {
    return [fail(messageOf(error))];
  }
}
