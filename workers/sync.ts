/** The sync worker as a process: works off runs and keeps the queue true to what PostgreSQL says. */
import { connectionsFor } from '../src/queue/worker.ts';
import { runProcess } from './process.ts';

await runProcess(
  'worker',
  (config) => connectionsFor(config.workerConcurrency),
  ({ queue }) => queue.startWorker(),
);
