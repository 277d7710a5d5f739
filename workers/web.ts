/** The web server as a process: webhooks, API, pages, Bull Board. */
import '../src/lean-heap.ts';
import '../src/lean-drizzle.ts';
import '../src/outlive-stderr.ts';

const [{ startWebServer }, { runProcess }] = await Promise.all([
  import('../src/http/server.ts'),
  import('./process.ts'),
]);

await runProcess('web', startWebServer);
