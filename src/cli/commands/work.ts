/** `greenroom work`: works off what is requested until it is told to stop, with the web server unless told otherwise. */
import { once } from 'node:events';
import type { Command } from 'commander';
import { startWebServer } from '../../http/server.ts';
import { action } from '../invocation.ts';
import { withQueue } from '../work-off.ts';

export function define(command: Command): void {
  command
    .option('--no-web', 'without the web server')
    .addHelpText(
      'after',
      '\nOn SIGTERM and Ctrl-C it hands its jobs back and is gone within 5 seconds.\n\nExample:\n  GREENROOM_ADMIN_TOKEN=… greenroom work',
    );
  action(command, ({ json, print, printJson, signal, withMirror }, { web }: { web: boolean }) =>
    withMirror(
      (mirror) =>
        withQueue(mirror, async (queue, away) => {
          // What is requested meanwhile is kept, above all by the web server.
          if (away) mirror.log.warn(`${away.message} It is waited for; what is requested meanwhile is kept.`);
          const server = web ? await startWebServer({ ...mirror, queue }) : undefined;
          const worker = await queue.startWorker({ concurrency: mirror.config.workerConcurrency });
          if (json) printJson({ working: true, url: server?.url ?? null });
          else
            print(
              `Working off what is requested${server ? `; web at ${server.url}` : ''}. Stop with Ctrl-C.`,
            );
          if (!signal.aborted) await once(signal, 'abort');
          await Promise.all([worker.close(), server?.close()]);
        }),
      web ? 'worker with web' : 'worker',
    ),
  );
}
