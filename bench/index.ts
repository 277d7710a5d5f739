/** The bench: measures what is asked for, prints it with its aims, and fails when a count is not what it has to be. */
import { measurements } from './measurements/index.ts';
import { readOptions, usage } from './options.ts';
import { aboutThisRun } from './report/about.ts';
import { render } from './report/markdown.ts';
import { writeBlock, writeInline } from './report/pages.ts';
import { startServers } from './stage/servers.ts';
import { Stage } from './stage/stage.ts';

const names = measurements.map(({ name }) => name);
if (process.argv.includes('--help')) {
  console.log(usage.replace('NAMES', names.join(', ')));
  process.exit();
}
const options = readOptions(process.argv.slice(2), names);
const servers = await startServers();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // A terminal's Ctrl-C ends the servers as well, and there may be nothing left to wait for.
    setTimeout(() => process.exit(130), 10_000);
    void servers.stop().finally(() => process.exit(130));
  });
}
const faults: string[] = [];
try {
  const stage = await Stage.open(options, servers);
  const about = await aboutThisRun(servers);
  console.log(about);
  for (const { name, measure } of measurements) {
    if (!options.only.includes(name)) continue;
    const findings = await measure(stage, (progress) => console.error(`${name}: ${progress} …`));
    const body = render(findings);
    console.log(`\n## ${name}\n\n${body}`);
    faults.push(...(findings.faults ?? []).map((fault) => `${name}: ${fault}`));
    if (!options.write) continue;
    writeBlock(name, about, body);
    for (const [place, figure] of Object.entries(findings.inline ?? {})) writeInline(place, figure);
  }
  await stage.close();
} finally {
  await servers.stop();
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
