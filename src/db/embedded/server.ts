/** How a command uses the embedded server: it takes a lease, and gives it back. See keeper.ts. */
import { spawn } from 'node:child_process';
import { closeSync, constants, fchownSync, openSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DatabaseUnavailableError } from '../../errors.ts';
import { rememberEmbedded } from '../failure.ts';
import { type Home, openHome } from './home.ts';
import { serverUrl } from './start.ts';

const startTimeoutMs = 90_000;
const leaveTimeoutMs = 20_000;
const renewAgainMs = 1_000;

const answerSchema = z.union([z.object({ port: z.number() }), z.object({ error: z.string() })]);

/**
 * Uses the embedded server of a home, starting it when nobody else has. It stays until the last of its users has
 * released it or has ended, in whatever way.
 *
 * @param folder absolute; made when it is missing
 * @returns `url` with the password in it; `release`, which, called by the last user, waits until the server is gone
 * @throws DatabaseUnavailableError saying why it does not start
 */
export async function acquireServer(folder: string): Promise<{ url: string; release(): Promise<void> }> {
  const home = openHome(folder);
  let lease = takeLease(home);
  let released = false;
  /** Somebody killed the keeper: its successor serves at the same port, so that open pools find it again. */
  const renew = (): void => {
    if (released) return;
    lease = takeLease(home);
    lease.then(
      ({ socket }) => socket.once('close', renew),
      // What keeps it from starting, such as a full disk, may pass.
      () => setTimeout(renew, renewAgainMs).unref(),
    );
  };
  const { port, socket } = await lease;
  socket.once('close', renew);
  const url = serverUrl(home, port);
  rememberEmbedded(url, folder);
  return {
    url,
    async release() {
      if (released) return;
      released = true;
      const last = await lease.catch(() => undefined);
      if (last) await leave(last.socket);
    },
  };
}

interface Lease {
  socket: Socket;
  port: number;
}

async function takeLease(home: Home): Promise<Lease> {
  const deadline = Date.now() + startTimeoutMs;
  let keeperRuns = false;
  let keeperFailures = 0;
  while (Date.now() < deadline && keeperFailures < 3) {
    const socket = await connectTo(home.keeperAddress);
    const answer = socket && (await firstAnswer(socket));
    if (answer && 'error' in answer) throw new DatabaseUnavailableError(answer.error);
    if (answer) {
      socket.unref();
      return { socket, port: answer.port };
    }
    if (!keeperRuns) {
      keeperRuns = true;
      startKeeper(home.folder, (code) => {
        keeperRuns = false;
        if (code !== 0) keeperFailures += 1;
      });
    }
    await sleep(20);
  }
  throw new DatabaseUnavailableError(
    `The embedded PostgreSQL under ${home.folder} did not start (see keeper.log and server.log there).`,
  );
}

function connectTo(address: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => resolve(socket));
    socket.on('error', () => resolve(undefined));
  });
}

/** `undefined` when the keeper ended before it said anything. */
function firstAnswer(socket: Socket): Promise<z.infer<typeof answerSchema> | undefined> {
  return new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
      if (text.endsWith('\n')) resolve(answerSchema.parse(JSON.parse(text)));
    });
    socket.once('close', () => resolve(undefined));
  });
}

/** In a session of its own, so that Ctrl-C in a terminal reaches the command and not the server under it. */
function startKeeper(folder: string, onExit: (code: number | null) => void): void {
  const program = fileURLToPath(import.meta.url).replace(/server(\.[jt]s)$/, 'keeper$1');
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const log = openSync(join(folder, 'keeper.log'), O_WRONLY | O_CREAT | O_TRUNC | (O_NOFOLLOW ?? 0), 0o600);
  giveToOwnerOf(folder, log);
  const { PATH, TMPDIR, SystemRoot } = process.env;
  const keeper = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, folder], {
    cwd: '/',
    detached: true,
    env: { PATH, TMPDIR, SystemRoot },
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  keeper.once('exit', onExit);
  keeper.once('error', () => onExit(1));
  keeper.unref();
}

/** What root writes in somebody's home, its owner must be able to write as well. */
function giveToOwnerOf(folder: string, file: number): void {
  const { uid, gid } = statSync(folder);
  if (process.getuid?.() === 0) fchownSync(file, uid, gid);
}

function leave(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => socket.destroy(), leaveTimeoutMs);
    socket.ref();
    socket.once('close', () => {
      clearTimeout(late);
      resolve();
    });
    if (socket.destroyed) return resolve();
    socket.write('leave\n');
  });
}
