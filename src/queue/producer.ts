import { type Config, readConfig } from '../config.ts';
import type { Database } from '../db/client.ts';
import { openMirror } from '../db/open.ts';
import { createLogger } from '../log.ts';
import { openQueue, type Queue } from './queue.ts';
import { checkedRequest, type SyncRequest } from './request-sync.ts';

/** Requests syncs from another program. */
export interface Producer {
  /**
   * Asks for a sync of a conference; a worker does it.
   *
   * @returns the run's id
   * @throws UsageError when something in the request can't be
   * @throws NotFoundError when there is no such conference
   * @throws DatabaseUnavailableError when the request could not be kept
   */
  requestSync(request: SyncRequest): Promise<string>;
  /** Gives its connections back; a later request connects anew. */
  close(): Promise<void>;
}

/** Makes a producer; it connects at its first request, with the settings of the environment unless others are given. */
export function createProducer(options: { config?: Config } = {}): Producer {
  let opened: Promise<{ database: Database; queue: Queue }> | undefined;
  const open = async () => {
    const config = options.config ?? readConfig();
    const database = await openMirror(config, { maxConnections: 4, applicationName: 'greenroom producer' });
    try {
      return { database, queue: await openQueue({ config, database, log: createLogger(config.log) }) };
    } catch (error) {
      await database.close();
      throw error;
    }
  };
  return {
    async requestSync(given) {
      const request = checkedRequest(given);
      opened ??= open().catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      const { queue } = await opened;
      return queue.requestSync(request);
    },
    async close() {
      const closing = opened;
      opened = undefined;
      // What could not be opened is closed already, and whoever asked has been told.
      const { database, queue } = (await closing?.catch(() => undefined)) ?? {};
      await queue?.close();
      await database?.close();
    },
  };
}
