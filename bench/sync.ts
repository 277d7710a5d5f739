/**
 * How long syncs take against their floors, in one run. See docs/performance.md.
 *
 *   npm run bench -- --talks 500,5000 --latency 0,50 --backend postgres,redis [--naive] [--write]
 *
 * `--write` puts the figures into docs/performance.md. DATABASE_URL and REDIS_URL name the servers; without the first
 * an embedded one is started.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openDatabase } from '../src/db/client.ts';
import { acquireServer } from '../src/db/embedded/server.ts';
import { migrate } from '../src/db/migrate.ts';
import { conferences } from '../src/db/schema/index.ts';
import { fetchFloorMs, type SyncFigures, SyncProcess, startUpstream } from './children.ts';
import { copyFloorMs } from './copy-floor.ts';
import { naiveSyncMs } from './naive.ts';

const { values } = parseArgs({
  options: {
    talks: { type: 'string', default: '500' },
    latency: { type: 'string', default: '0' },
    backend: { type: 'string', default: 'postgres' },
    naive: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const list = (text: string) => text.split(',');
const server = process.env.DATABASE_URL
  ? { url: process.env.DATABASE_URL, release: async () => {} }
  : await acquireServer(join(import.meta.dirname, '../.greenroom/bench'));
const lines: string[] = [];
const say = (line: string) => {
  lines.push(line);
  console.log(line);
};
const round = (value: number) => (value < 10 ? value.toFixed(1) : String(Math.round(value)));

say(
  '| talks | queue | ms a response | sync | end to end, ms | ratio | by step, ms | CPU, ms | WAL, KB | peak RSS, MB | first request after, ms |',
);
say('|---|---|---|---|---|---|---|---|---|---|---|');
let failed = false;
for (const talks of list(values.talks).map(Number)) {
  for (const latencyMs of list(values.latency).map(Number)) {
    for (const backend of list(values.backend)) await measure(talks, latencyMs, backend);
  }
}
await server.release();
if (values.write) writeFigures();
process.exitCode = failed ? 1 : 0;

async function measure(talks: number, latencyMs: number, backend: string): Promise<void> {
  const upstream = await startUpstream(talks, latencyMs);
  const { url, drop } = await emptyDatabase();
  const database = openDatabase(url, { maxConnections: 2 });
  await migrate(database);
  await database.orm
    .insert(conferences)
    .values({ slug: 'bench', name: 'bench', pretalxEventSlug: 'generated' });
  const floor = await fetchFloorMs(upstream.url);
  const worker = await SyncProcess.start({
    DATABASE_URL: url,
    REDIS_URL: backend === 'redis' ? (process.env.REDIS_URL ?? 'redis://127.0.0.1:6379') : undefined,
    PRETALX_BASE_URL: upstream.url,
    PRETALX_TOKEN: 'generated',
    PRETALX_CONCURRENCY: '8',
    LOG_LEVEL: 'warn',
  });
  const timed = async (name: string, floorMs: (figures: SyncFigures) => number, expected: Expected) => {
    const before = await walPosition(database);
    const figures = await worker.sync();
    const walKb = ((await walPosition(database)) - before) / 1024;
    const steps = Object.entries(figures.steps)
      .map(([step, ms]) => `${step} ${ms}`)
      .join(', ');
    say(
      `| ${talks} | ${backend} | ${latencyMs} | ${name} | ${round(figures.ms)} | ${(figures.ms / floorMs(figures)).toFixed(2)} | ${steps} | ${round(figures.cpuMs)} | ${round(walKb)} | ${round(figures.peakRssMb)} | ${round(figures.firstRequestMs)} |`,
    );
    check(name, figures, expected);
    return figures;
  };
  const first = await timed('first', () => floor, { talks: { added: talks } });
  const copy = await copyFloorMs(database);
  say(
    `| ${talks} | ${backend} | ${latencyMs} | floors: fetch ${round(floor)}, COPY ${round(copy)} | | first = ${(first.ms / (floor + copy)).toFixed(2)} of both | | | | | |`,
  );
  await timed('unchanged', () => floor, { talks: { unchanged: talks } });
  await timed('unchanged', () => floor, { talks: { unchanged: talks } });
  await upstream.change({ fraction: 0.01 });
  await timed('1 % changed', () => floor, { talks: { changed: Math.floor(talks / 100) } });
  if (latencyMs > 0) {
    const pageByPage = await fetchFloorMs(upstream.url, true);
    say(
      `| ${talks} | ${backend} | ${latencyMs} | page by page, fetching alone | ${round(pageByPage)} | ${(pageByPage / floor).toFixed(2)} | | | | | |`,
    );
  }
  if (values.naive) {
    for (const name of ['first', 'unchanged']) {
      const ms = await naiveSyncMs(database, upstream.url);
      say(
        `| ${talks} | – | ${latencyMs} | naive way, ${name} | ${round(ms)} | ${(ms / floor).toFixed(2)} | | | | | |`,
      );
    }
  }
  await worker.stop();
  await database.close();
  await drop();
  upstream.stop();
}

type Expected = { talks: Partial<SyncFigures['changes'][string]> };

/** Counts don't depend on the machine: these have to be right. */
function check(name: string, figures: SyncFigures, expected: Expected): void {
  const wrong = Object.entries(expected.talks).filter(
    ([kind, n]) => figures.changes.talks?.[kind as 'added'] !== n,
  );
  if (figures.state === 'succeeded' && wrong.length === 0) return;
  failed = true;
  console.error(
    `${name}: ${figures.state}, talks ${JSON.stringify(figures.changes.talks)}, expected ${JSON.stringify(expected.talks)}`,
  );
}

async function walPosition({ sql }: ReturnType<typeof openDatabase>): Promise<number> {
  const [row] = await sql`select (pg_current_wal_lsn() - '0/0'::pg_lsn)::float8 as position`;
  return row?.position as number;
}

async function emptyDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `bench_${randomBytes(4).toString('hex')}`;
  const onServer = async (statement: string) => {
    const admin = openDatabase(server.url, { maxConnections: 1 });
    await admin.sql.unsafe(statement);
    await admin.close();
  };
  await onServer(`create database ${name}`);
  const url = new URL(server.url);
  url.pathname = name;
  return { url: url.href, drop: () => onServer(`drop database ${name} with (force)`) };
}

function writeFigures(): void {
  const path = join(import.meta.dirname, '../docs/performance.md');
  const figures = [
    `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, ${new Date().toISOString().slice(0, 10)}.`,
    '',
    ...lines,
  ].join('\n');
  const page = readFileSync(path, 'utf8');
  writeFileSync(path, page.replace(/(<!-- figures -->)[\s\S]*(<!-- \/figures -->)/, `$1\n${figures}\n$2`));
}
