/** The sync worker as a process: works off runs and keeps the queue true to what PostgreSQL says. */
import '../src/lean-heap.ts';
import '../src/lean-drizzle.ts';

const [{ connectionsFor }, { runProcess }] = await Promise.all([
  import('../src/queue/worker.ts'),
  import('./process.ts'),
]);

await runProcess(
  'worker',
  (config) => connectionsFor(config.workerConcurrency),
  ({ queue }) => queue.startWorker(),
);
