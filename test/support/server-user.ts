/** Uses the embedded server of the home given, in a process of its own: `node server-user.ts HOME`. */
import { acquireServer } from '../../src/db/embedded/server.ts';

try {
  const server = await acquireServer(process.argv[2] ?? '');
  process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
  process.stdin.once('data', async () => {
    await server.release();
    process.exit();
  });
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: String(error) })}\n`);
  process.exit(1);
}
