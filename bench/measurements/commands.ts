/** How soon the command line answers: `--help`, and from the start of `sync` to its first request. */
import type { Aimed, Cell, Measurement } from '../measurement.ts';
import { median } from '../report/numbers.ts';
import { entrances, runCommand } from '../stage/command.ts';
import { Upstream } from '../stage/upstream.ts';

export const commands: Measurement = {
  name: 'commands',
  async measure(stage, say) {
    const times = stage.options.smallest ? 2 : 15;
    const upstream = await Upstream.start({ talks: 0 });
    const rows: Cell[][] = [];
    const aimed: Aimed[] = [];
    for (const { name, script, env: own } of entrances.slice(stage.options.smallest ? -1 : 0)) {
      say(`--help, ${name}`);
      const help = await sample(times, async () => (await runCommand(script, ['--help'], own)).ms);
      rows.push(['`greenroom --help`', name, '', times, median(help), Math.max(...help)]);
      aimed.push({ aim: 'help', where: name, figure: median(help) });
      for (const backend of stage.timedBackends) {
        say(`sync, ${name}, ${backend}`);
        const mirror = await stage.openMirrorOfBench();
        const env = { ...own, ...stage.settings(mirror.url, backend, upstream) };
        const whole: number[] = [];
        const first = await sample(times, async () => {
          await upstream.requested();
          const { startedAtMs, ms } = await runCommand(script, ['sync', 'bench'], env);
          whole.push(ms);
          return ((await upstream.requested()).firstAtMs ?? Number.NaN) - startedAtMs;
        });
        await mirror.drop();
        rows.push(
          ['`greenroom sync`, first request', name, backend, times, median(first), Math.max(...first)],
          [
            '`greenroom sync`, all of it',
            name,
            backend,
            times,
            median(whole.slice(1)),
            Math.max(...whole.slice(1)),
          ],
        );
        aimed.push({ aim: 'syncStart', where: `${name}, ${backend}`, figure: median(first) });
      }
    }
    await upstream.stop();
    const columns = ['what', 'started from', 'queue', 'times', 'median, ms', 'slowest, ms'];
    return { tables: [{ columns, rows }], aimed, notes };
  },
};

const notes = [
  'From the start of the process. `checkout` runs TypeScript as it is, as `npm run greenroom` does but without npm; `package` is what is shipped. The database and Redis run already; the conference is an empty one. Each was started once before, so that Node has its compile cache.',
];

/** One more than asked for; the first one doesn't count. */
async function sample(times: number, once: () => Promise<number>): Promise<number[]> {
  const all: number[] = [];
  for (let time = 0; time <= times; time += 1) all.push(await once());
  return all.slice(1);
}
