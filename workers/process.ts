/** The life of a long-running process: settings, mirror, queue, its work, and a quick end. */
import { type Config, readConfig } from '../src/config.ts';
import type { Database } from '../src/db/client.ts';
import { openMirror } from '../src/db/open.ts';
import { GreenroomError } from '../src/errors.ts';
import { createLogger, type Logger } from '../src/log.ts';
import { connectionsFor, type Occupation } from '../src/queue/connections.ts';
import { openQueue, type Queue } from '../src/queue/queue.ts';

export interface Running {
  close(): Promise<void>;
}

export interface Surroundings {
  config: Config;
  database: Database;
  queue: Queue;
  log: Logger;
}

const longestEndMs = 5_000;

/**
 * Runs until SIGTERM or SIGINT, then closes everything; exits after five seconds at the latest.
 *
 * @param start begins the work, and says how to end it
 */
export async function runProcess(
  name: Occupation,
  start: (surroundings: Surroundings) => Promise<Running>,
): Promise<void> {
  const end = Promise.withResolvers<NodeJS.Signals>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      // Also while it still starts, and waits for a database that is away.
      setTimeout(() => process.exit(), longestEndMs).unref();
      end.resolve(signal);
    });
  }
  let log: Logger | undefined;
  const opened: { close(): Promise<void> }[] = [];
  try {
    const config = readConfig();
    log = createLogger(config.log);
    const database = await openMirror(config, {
      maxConnections: connectionsFor(name, config),
      applicationName: `greenroom ${name}`,
    });
    opened.unshift(database);
    const queue = await openQueue({ config, database, log });
    opened.unshift(queue);
    opened.unshift(await start({ config, database, queue, log }));
    log.info({ queue: queue.kind }, `greenroom ${name} is ready`);
    log.info({ signal: await end.promise }, `greenroom ${name} ends`);
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    if (log) log.fatal(error instanceof GreenroomError ? sentence : { err: error }, sentence);
    else console.error(sentence);
    process.exitCode = error instanceof GreenroomError ? error.exitCode : 1;
    setTimeout(() => process.exit(), longestEndMs).unref();
  } finally {
    for (const each of opened) {
      await each
        .close()
        .catch((error: unknown) => log?.warn({ err: error }, 'something could not be closed'));
    }
  }
}
