/** The sync worker as a process: works off runs and keeps the queue true to what PostgreSQL says. */
import '../src/lean-heap.ts';
import '../src/lean-drizzle.ts';
import '../src/outlive-stderr.ts';

const { runProcess } = await import('./process.ts');

await runProcess('worker', ({ queue }) => queue.startWorker());
