/**
 * The process that owns the embedded server: `node keeper.ts HOME`, started by the first command that needs it.
 *
 * Every command holds a connection to it, its lease. The kernel closes that also on kill -9. When the last lease has
 * gone the server is stopped, and the keeper ends. Only one keeper can listen at a home's address, and it listens
 * from before the server starts until after it has stopped.
 */
import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { type Home, openHome } from './home.ts';
import type { Postmaster } from './postmaster.ts';
import { startEmbeddedServer } from './start.ts';

/** How long the server stays after a command has crashed, and how long it waits for the first one. */
const graceAfterCrashMs = 500;
const graceAtStartMs = 10_000;

const home = openHome(process.argv[2] ?? '.greenroom');
const leases = new Set<Socket>();
let server: Promise<Postmaster> | undefined;
let grace: NodeJS.Timeout | undefined;
let ending = false;

const door = createServer((lease) => {
  lease.on('error', () => {});
  // It is closed without a word when this process has ended, and then the command starts the next keeper.
  if (ending) return;
  clearTimeout(grace);
  leases.add(lease);
  lease.on('data', () => leave(lease, 0));
  lease.on('close', () => leave(lease, graceAfterCrashMs));
  server?.then(
    ({ port }) => lease.write(`${JSON.stringify({ port })}\n`),
    (error: Error) => lease.end(`${JSON.stringify({ error: error.message })}\n`),
  );
});

/** A polite command says so before it goes, and the last one waits until its connection closes: until all is over. */
function leave(lease: Socket, graceMs: number): void {
  if (!leases.delete(lease)) return;
  if (leases.size > 0) lease.end();
  else endIn(graceMs);
}

function endIn(graceMs: number): void {
  clearTimeout(grace);
  if (graceMs === 0) void end();
  else grace = setTimeout(end, graceMs);
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await server?.then(
    (running) => running.stop(),
    () => {},
  );
  process.exit();
}

function listen(home: Home): void {
  door.listen(home.keeperAddress, () => {
    server = startEmbeddedServer(home);
    endIn(graceAtStartMs);
    server.then(
      (running) => running.ended.then(() => process.exit()),
      () => endIn(graceAfterCrashMs),
    );
  });
}

door.on('error', async (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EADDRINUSE') throw error;
  if (!home.keeperAddress.endsWith('.sock') || (await someoneListens(home.keeperAddress))) process.exit();
  rmSync(home.keeperAddress, { force: true });
  listen(home);
});

function someoneListens(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(address, () => resolve(true));
    probe.on('error', () => resolve(false));
  });
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end);
listen(home);
