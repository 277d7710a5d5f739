/** From a webhook to the first request to pretalx, and to the change in SQL: real web server, real worker. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Aimed, Cell, Measurement } from '../measurement.ts';
import type { Backend } from '../options.ts';
import { median } from '../report/numbers.ts';
import { announce, secret } from '../stage/announce.ts';
import { machineMs, seenAtMs } from '../stage/clock.ts';
import { Service } from '../stage/service.ts';
import type { Mirror, Stage } from '../stage/stage.ts';
import { Upstream } from '../stage/upstream.ts';

const talks = 500;
const withinMs = 60_000;

export const webhook: Measurement = {
  name: 'webhook',
  async measure(stage, say) {
    const deliveries = stage.options.smallest ? 3 : 30;
    const upstream = await Upstream.start({ talks });
    const rows: Cell[][] = [];
    const aimed: Aimed[] = [];
    for (const backend of stage.timedBackends) {
      say(`${deliveries} deliveries, ${backend}`);
      const found = await measureBackend(stage, backend, upstream, deliveries);
      for (const [what, times] of Object.entries(found)) {
        rows.push([backend, what, deliveries, median(times), Math.max(...times)]);
      }
      const figure = median(found['first request to pretalx'] ?? []);
      aimed.push({ aim: 'webhook', where: backend, figure });
    }
    await upstream.stop();
    const columns = ['queue', 'from sending the webhook to', 'deliveries', 'median, ms', 'slowest, ms'];
    return { tables: [{ columns, rows }], aimed, notes };
  },
};

const notes = [
  `${talks} talks, of which one changed; 0 ms a response. Web server and worker are processes of their own and wait idly for each delivery. The change is visible when \`effective_talks\` shows it to another session, which looks every 2 ms.`,
];

/** Milliseconds of each delivery, by what they lead to. */
async function measureBackend(
  stage: Stage,
  backend: Backend,
  upstream: Upstream,
  deliveries: number,
): Promise<Record<string, number[]>> {
  const mirror = await stage.openMirrorOfBench();
  await mirror.database.sql`update greenroom.conferences set webhook_secret_env = 'BENCH_WEBHOOK_SECRET'`;
  const env = {
    ...stage.settings(mirror.url, backend, upstream),
    BENCH_WEBHOOK_SECRET: secret,
    GREENROOM_ADMIN_TOKEN: 'only-for-the-bench',
    PORT: '0',
  };
  const [worker, web] = await Promise.all([Service.start('sync', env), Service.start('web', env)]);
  const times = {
    answer: [] as number[],
    'first request to pretalx': [] as number[],
    'visible in SQL': [] as number[],
  };
  for (let delivery = -2; delivery < deliveries; delivery += 1) {
    const mark = `, delivery ${delivery}`;
    await upstream.serve({ mark });
    await upstream.requested();
    const sentAtMs = machineMs();
    const run = await announce(web.url, 'bench');
    const answeredAtMs = machineMs();
    const visibleAtMs = await seenAtMs(`"${mark}" is visible`, () => isVisible(mirror, mark), {
      everyMs: 2,
      withinMs,
    });
    await seenAtMs(`run ${run} succeeded`, () => hasSucceeded(mirror, run), { everyMs: 10, withinMs });
    const { firstAtMs } = await upstream.requested();
    // The first ones make the mirror, and warm up.
    if (delivery >= 0) {
      times.answer.push(answeredAtMs - sentAtMs);
      times['first request to pretalx'].push((firstAtMs ?? Number.NaN) - sentAtMs);
      times['visible in SQL'].push(visibleAtMs - sentAtMs);
    }
    await sleep(100);
  }
  await Promise.all([worker.stop(), web.stop()]);
  await mirror.drop();
  return times;
}

async function isVisible({ database }: Mirror, mark: string): Promise<boolean> {
  const rows = await database.sql`
    select from greenroom.effective_talks where pretalx_code = 'T00000' and title = ${`Talk 0${mark}`}`;
  return rows.length > 0;
}

async function hasSucceeded({ database }: Mirror, run: string): Promise<boolean> {
  const rows = await database.sql`select from greenroom.sync_runs where id = ${run} and state = 'succeeded'`;
  return rows.length > 0;
}
