import { randomBytes } from 'node:crypto';
import type { Mirror } from '../cli/invocation.ts';
import type { ConferenceRow } from '../conferences/conferences.ts';
import { startWebServer } from '../http/server.ts';
import { openQueue, type Queue } from '../queue/queue.ts';
import { claimDemoConference, tokenEnv, webhookSecretEnv } from './conference.ts';
import { recordedEventFolder } from './fixtures.ts';
import { portUnlessTaken } from './port.ts';
import { organiserToken, type Replay, startReplay } from './replay/server.ts';

/** All that the demo needs to play: replayed pretalx, conference, queue, worker, web. */
export interface Stage {
  readonly mirror: Mirror;
  readonly replay: Replay;
  readonly conference: ConferenceRow;
  readonly queue: Queue;
  readonly webUrl: string;
  readonly adminToken: string;
  readonly webhookSecret: string;
}

/**
 * Sets the stage for `play` and clears it afterwards, whatever happens.
 *
 * @param note Told when the port is taken.
 */
export async function withStage<R>(
  mirror: Mirror,
  note: (sentence: string) => void,
  play: (stage: Stage) => Promise<R>,
): Promise<R> {
  await using cleanup = new AsyncDisposableStack();
  const webhookSecret = randomBytes(16).toString('hex');
  process.env[tokenEnv] = organiserToken;
  process.env[webhookSecretEnv] = webhookSecret;

  const replay = await startReplay({ directory: recordedEventFolder(), step: '1-v1.0' });
  cleanup.defer(() => replay.close());
  const claim = await claimDemoConference(mirror.database, replay.url);
  cleanup.defer(() => claim.release());
  const queue = await openQueue(mirror);
  cleanup.defer(() => queue.close());
  await queue.ready();
  const worker = await queue.startWorker({ concurrency: mirror.config.workerConcurrency });
  cleanup.defer(() => worker.close());

  const { http } = mirror.config;
  const port = await portUnlessTaken(http.host, http.port);
  if (port !== http.port) note(`Port ${http.port} is taken, so the demo takes another.`);
  const adminToken = http.adminToken ?? randomBytes(12).toString('hex');
  const config = { ...mirror.config, http: { ...http, port, adminToken } };
  const web = await startWebServer({ config, database: mirror.database, queue, log: mirror.log });
  cleanup.defer(() => web.close());
  return await play({
    mirror,
    replay,
    conference: claim.row,
    queue,
    webUrl: web.url,
    adminToken,
    webhookSecret,
  });
}
