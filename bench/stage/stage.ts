/** What a measurement works with: servers, migrated databases, queue backends; all given back at the end. */
import { randomBytes } from 'node:crypto';
import { type Database, openDatabase } from '../../src/db/client.ts';
import { migrate } from '../../src/db/migrate.ts';
import { conferences } from '../../src/db/schema/index.ts';
import type { Backend, Options } from '../options.ts';
import { Child, type Env } from './child.ts';
import { onServer, type Servers } from './servers.ts';
import type { Upstream } from './upstream.ts';

export interface Mirror {
  url: string;
  /** Of this process; workers have their own. */
  database: Database;
  /** Closes it and drops the database. */
  drop(): Promise<void>;
}

export class Stage {
  readonly options: Options;
  readonly backends: readonly Backend[];
  readonly #servers: Servers;
  readonly #template: string;

  private constructor(options: Options, servers: Servers, template: string) {
    this.options = options;
    this.#servers = servers;
    this.#template = template;
    this.backends = options.backends.filter((backend) => backend === 'postgres' || servers.redisUrl);
  }

  static async open(options: Options, servers: Servers): Promise<Stage> {
    const template = `bench_template_${randomBytes(4).toString('hex')}`;
    await onServer(servers.postgresUrl, `create database ${template}`);
    const database = openDatabase(urlOf(servers, template), { maxConnections: 1 });
    await migrate(database);
    await database.close();
    return new Stage(options, servers, template);
  }

  /** For what only times: of the smallest run, which is about being alive, one is enough. */
  get timedBackends(): readonly Backend[] {
    return this.options.smallest ? this.backends.slice(-1) : this.backends;
  }

  /** An empty, migrated database. */
  async openMirror(): Promise<Mirror> {
    const name = `bench_${randomBytes(4).toString('hex')}`;
    await onServer(this.#servers.postgresUrl, `create database ${name} template ${this.#template}`);
    const url = urlOf(this.#servers, name);
    const database = openDatabase(url, { maxConnections: 2, applicationName: 'bench' });
    return {
      url,
      database,
      drop: async () => {
        await database.close();
        await onServer(this.#servers.postgresUrl, `drop database ${name} with (force)`);
      },
    };
  }

  /** The same, with the conference `bench` in it. */
  async openMirrorOfBench(): Promise<Mirror> {
    const mirror = await this.openMirror();
    await mirror.database.orm
      .insert(conferences)
      .values({ slug: 'bench', name: 'bench', pretalxEventSlug: 'generated' });
    return mirror;
  }

  /** Settings of a process that mirrors `upstream`, with eight requests at once. */
  settings(databaseUrl: string, backend: Backend, upstream: Upstream): Env {
    return {
      DATABASE_URL: databaseUrl,
      REDIS_URL: backend === 'redis' ? this.#servers.redisUrl : '',
      PRETALX_BASE_URL: upstream.url,
      PRETALX_TOKEN: 'generated',
      PRETALX_CONCURRENCY: '8',
      GREENROOM_ATTEMPTS: '1',
      LOG_LEVEL: 'warn',
      LOG_FORMAT: 'json',
    };
  }

  /** A worker in a process of its own; see bench/programs/sync-worker.ts. */
  startSyncWorker(databaseUrl: string, backend: Backend, upstream: Upstream): Promise<Child> {
    return Child.start('sync-worker', this.settings(databaseUrl, backend, upstream));
  }

  async close(): Promise<void> {
    await onServer(this.#servers.postgresUrl, `drop database ${this.#template} with (force)`);
  }
}

function urlOf({ postgresUrl }: Servers, name: string): string {
  const url = new URL(postgresUrl);
  url.pathname = name;
  return url.href;
}

/** Closes what a worker has open, and ends it. */
export async function stopSyncWorker(worker: Child): Promise<void> {
  await worker.ask('close');
  await worker.stop();
}
