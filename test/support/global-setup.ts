/** Before all tests: one PostgreSQL with a migrated template database, and one Redis when there is one. */
import type { TestProject } from 'vitest/node';
import { openDatabase } from '../../src/db/client.ts';
import { migrate } from '../../src/db/migrate.ts';
import { startTestPostgres, startTestRedis } from './servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
    templateDatabase: string;
    redisUrl: string | undefined;
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startTestPostgres();
  const redis = await startTestRedis();
  if (!redis) {
    if (process.env.CI === 'true')
      throw new Error('redis-server is missing: with CI=true nothing is left out.');
    console.error('There is no redis-server on this machine: the Redis backend is left out.');
  }
  const templateDatabase = `greenroom_template_${process.pid}`;
  const admin = openDatabase(postgres.url, { maxConnections: 1 });
  await admin.sql.unsafe(`DROP DATABASE IF EXISTS ${templateDatabase}`);
  await admin.sql.unsafe(`CREATE DATABASE ${templateDatabase}`);
  const templateUrl = new URL(postgres.url);
  templateUrl.pathname = templateDatabase;
  const template = openDatabase(templateUrl.href, { maxConnections: 1 });
  await migrate(template);
  await template.close();
  project.provide('postgresUrl', postgres.url);
  project.provide('templateDatabase', templateDatabase);
  project.provide('redisUrl', redis?.url);
  return async () => {
    await admin.sql.unsafe(`DROP DATABASE IF EXISTS ${templateDatabase}`);
    await admin.close();
    await Promise.all([postgres.stop(), redis?.stop()]);
  };
}
