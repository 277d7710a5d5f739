/** A worker as a process of its own, with nothing in common with others but DATABASE_URL and REDIS_URL. Its steps note
 * in the table `trace` when they begin and end, and take STEP_MS; with DEAF they notice no end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/db/client.ts';
import { createLogger } from '../../src/log.ts';
import { openQueue } from '../../src/queue/queue.ts';
import type { Steps } from '../../src/queue/step-job.ts';

const config = readConfig(process.env);
const database = openDatabase(config.databaseUrl ?? '', { maxConnections: 8 });
const log = createLogger({ level: process.env.TEST_LOG ?? 'silent', format: 'json' });
const queue = await openQueue({ config, database, log });
const stepMs = Number(process.env.STEP_MS ?? 100);

const note = (kind: string, run: string, conference: number, step: string) =>
  database.sql`insert into public.trace (kind, run, conference, step, pid)
    values (${kind}, ${run}, ${conference}, ${step}, ${process.pid})`;

const steps: Steps = {
  async perform(step, { run, conference, signal }) {
    await note('begin', run.id, conference.id, step);
    await sleep(stepMs, undefined, process.env.DEAF ? {} : { signal });
    await note('end', run.id, conference.id, step);
    return {};
  },
  openReading: () => ({ close: () => {} }) as unknown as ReturnType<Steps['openReading']>,
};

const worker = await queue.startWorker({ steps });
process.on('SIGTERM', async () => {
  await worker.close();
  await queue.close();
  await database.close();
});
process.stdout.write('ready\n');
