/** The web server: webhooks, API, pages, Bull Board, health and metrics. */
import type { AddressInfo } from 'node:net';
import type { Config } from '../config.ts';
import type { Database } from '../db/client.ts';
import { SettingsError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { rememberSecret } from '../log-redaction.ts';

import { buildApp } from './app.ts';
import { adminTokenFor } from './auth/admin.ts';
import type { WebQueue } from './context.ts';

export interface WebServer {
  /** Where it listens, without a slash at the end: `http://127.0.0.1:3210`. */
  url: string;
  adminToken: string;
  /** Ends open event streams and requests, then stops listening. */
  close(): Promise<void>;
}

/**
 * Starts the web server on `config.http`; port 0 takes a free one. Database and queue stay the caller's to close.
 *
 * @throws SettingsError when others could reach it without an admin token set, or when it can't listen there
 */
export async function startWebServer(options: {
  config: Config;
  database: Database;
  queue: WebQueue;
  log: Logger;
}): Promise<WebServer> {
  const { config, log } = options;
  const { token, isNew } = adminTokenFor(config.http);
  const app = await buildApp({ ...options, adminToken: token });
  const { host, port } = config.http;
  try {
    await app.listen({ host: host.replace(/^\[|\]$/g, ''), port });
  } catch (error) {
    await app.close();
    throw listenFailure(error, host, port);
  }
  const url = `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${portOf(app.server.address())}`;
  log.info({ url }, 'web server is listening');
  // Said once, before the log learns to hide it: nobody could log in otherwise.
  const sentence = `GREENROOM_ADMIN_TOKEN is not set. Until this process ends, log in with: ${token}`;
  if (isNew && log.isLevelEnabled('warn')) log.warn(sentence);
  else if (isNew) console.error(sentence);
  rememberSecret(token);
  return { url, adminToken: token, close: () => app.close() };
}

function portOf(address: string | AddressInfo | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function listenFailure(error: unknown, host: string, port: number): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const where = `${host}:${port}`;
  if (code === 'EADDRINUSE')
    return new SettingsError(`${where} is in use by another process. Change PORT or HOST.`);
  if (code === 'EACCES')
    return new SettingsError(`This user may not listen on ${where}. Change PORT or HOST.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new SettingsError(`${host} is not an address of this machine. Change HOST.`);
  }
  return error;
}
