/** `greenroom web`: the web server alone; requests wait for a worker elsewhere. */
import { once } from 'node:events';
import type { Command } from 'commander';
import { startWebServer } from '../../http/server.ts';
import { openQueue } from '../../queue/queue.ts';
import { action } from '../invocation.ts';

export function define(command: Command): void {
  command.addHelpText('after', '\nExample:\n  HOST=0.0.0.0 PORT=8080 GREENROOM_ADMIN_TOKEN=… greenroom web');
  action(command, ({ json, print, printJson, signal, withMirror }) =>
    withMirror(async (mirror) => {
      const queue = await openQueue(mirror);
      try {
        const server = await startWebServer({ ...mirror, queue });
        if (json) printJson({ url: server.url });
        else print(`Listening at ${server.url}. Stop with Ctrl-C.`);
        if (!signal.aborted) await once(signal, 'abort');
        await server.close();
      } finally {
        await queue.close();
      }
    }, 'web'),
  );
}
