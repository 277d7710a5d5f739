/** The sync worker as a process: works off runs and keeps the queue true to what PostgreSQL says. */
import '../src/lean-heap.ts';
import '../src/lean-drizzle.ts';
import '../src/outlive-stderr.ts';
import { connectionsFor } from '../src/queue/connections.ts';

const { runProcess } = await import('./process.ts');

await runProcess(
  'worker',
  (config) => connectionsFor(config.workerConcurrency),
  ({ queue }) => queue.startWorker(),
);
