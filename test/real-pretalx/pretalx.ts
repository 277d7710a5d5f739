/**
 * A real pretalx 2025.2.2 with the made-up event `democon`, from a private copy of `event.sqlite3`.
 *
 *   const pretalx = await startPretalx();
 *   pretalx.url, pretalx.slug, pretalx.token           the organiser's
 *   await pretalx.api('PATCH', 'rooms/1/', { name: { en: 'Hall' } })     → the answer's JSON
 *   await pretalx.release('1.1')
 *   await pretalx.scheduleJson()                       pretalx' own public export
 *   await pretalx.close()
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { environment, installation } from './installation.ts';

/** The made-up event's organiser; the database beside this file holds nothing else of worth. */
const organiserToken = 'k3eeze6ic8leo19215642d5skd0y3b4o1weihfoliojxnk872xtx553312yw6hq0';

export interface RunningPretalx {
  url: string;
  slug: string;
  token: string;
  api(method: string, endpoint: string, body?: unknown): Promise<unknown>;
  release(version: string): Promise<void>;
  scheduleJson(): Promise<unknown>;
  close(): Promise<void>;
}

/** @throws when it isn't installed (`npm run test:pretalx` does that) or doesn't answer within two minutes */
export async function startPretalx(): Promise<RunningPretalx> {
  const work = await mkdtemp(join(tmpdir(), 'greenroom-pretalx-'));
  await mkdir(join(work, 'data'));
  const database = join(work, 'pretalx.sqlite3');
  await copyFile(join(import.meta.dirname, 'event.sqlite3'), database);
  await chmod(database, 0o600);
  allowChanges(database);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const log = await open(join(work, 'log'), 'a');
  const server = spawn(
    join(installation.programs, 'gunicorn'),
    [
      'pretalx.wsgi:application',
      '--chdir',
      work,
      '--bind',
      `127.0.0.1:${port}`,
      '--workers',
      '2',
      '--preload',
      '--timeout',
      '60',
    ],
    { env: environment({ work, port }), stdio: ['ignore', log.fd, log.fd] },
  );
  const close = async () => {
    await ended(server);
    await log.close();
    await rm(work, { recursive: true, force: true });
  };

  async function api(method: string, endpoint: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${url}/api/events/democon/${endpoint}`, {
      method,
      headers: {
        authorization: `Token ${organiserToken}`,
        'pretalx-version': 'v1',
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${endpoint}: ${response.status} ${text.slice(0, 500)}`);
    return text === '' ? undefined : JSON.parse(text);
  }

  try {
    await untilItAnswers(url, server);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url,
    slug: 'democon',
    token: organiserToken,
    api,
    async release(version) {
      await api('POST', 'schedules/release/', { version });
    },
    async scheduleJson() {
      const response = await fetch(`${url}/democon/schedule/export/schedule.json`);
      return response.json();
    },
    close,
  };
}

/** The recorded token may read and release; the tests also change things with it. */
function allowChanges(path: string): void {
  const database = new DatabaseSync(path);
  database.exec(
    `update person_userapitoken set endpoints = replace(endpoints, '"actions"]', '"actions", "create", "update", "destroy"]')`,
  );
  database.close();
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function untilItAnswers(url: string, server: ChildProcess): Promise<void> {
  for (const deadlineMs = Date.now() + 120_000; Date.now() < deadlineMs; await sleep(200)) {
    if (server.exitCode !== null) throw new Error(`pretalx ended with ${server.exitCode} before it answered`);
    try {
      const response = await fetch(`${url}/api/events/democon/`);
      if (response.ok) return;
    } catch {
      // Not listening yet.
    }
  }
  throw new Error('pretalx did not answer within two minutes');
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  await exit;
}
