/** The web server as a process: webhooks, API, pages, Bull Board. */
import { startWebServer } from '../src/http/server.ts';
import { runProcess } from './process.ts';

const connections = 10;

await runProcess('web', () => connections, startWebServer);
