/** What was measured on: machine, date, versions. One line. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { Redis } from 'ioredis';
import { openDatabase } from '../../src/db/client.ts';
import { root } from '../stage/places.ts';
import type { Servers } from '../stage/servers.ts';

export async function aboutThisRun({ postgresUrl, redisUrl }: Servers): Promise<string> {
  const { version } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { version: string };
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' });
  const database = openDatabase(postgresUrl, { maxConnections: 1 });
  const [postgres] = await database.sql`select current_setting('server_version') as version`;
  await database.close();
  const parts = [
    new Date().toISOString().slice(0, 10),
    `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GB`,
    `greenroom ${version}${commit.status === 0 ? ` (${commit.stdout.trim()})` : ''}`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${postgres?.version}${process.env.DATABASE_URL ? '' : ' (embedded)'}`,
    redisUrl ? `Redis ${await redisVersion(redisUrl)}` : 'no Redis',
  ];
  return `${parts.join('; ')}.`;
}

async function redisVersion(url: string): Promise<string> {
  const client = new Redis(url, { maxRetriesPerRequest: null });
  const [, version = 'unknown'] = /redis_version:(\S+)/.exec(await client.info('server')) ?? [];
  client.disconnect();
  return version;
}
