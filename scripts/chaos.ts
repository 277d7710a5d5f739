/**
 * Chaos for as long as you like: `npm run chaos -- --minutes 30 [--seed N] [--backend PostgreSQL|Redis]`. Rounds of a
 * minute, on each backend in turn; every round has a seed and servers of its own. Ends with a summary, and with exit
 * code 1 when something did not hold.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import type { ChaosReport } from '../test/chaos/calm.ts';
import { chaos } from '../test/chaos/chaos.ts';
import { anySeed } from '../test/chaos/random.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string' },
    backend: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
const roundSeconds = 60;
const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
const backends = (['PostgreSQL', 'Redis'] as const).filter((name) =>
  values.backend === undefined ? name !== 'Redis' || hasRedis : name === values.backend,
);
if (backends.length === 0) throw new Error('--backend is PostgreSQL or Redis.');
const firstSeed = Number(values.seed ?? anySeed());
const rounds = Math.max(1, Math.round((Number(values.minutes) * 60) / roundSeconds));

const reports: ChaosReport[] = [];
for (let round = 0; round < rounds; round += 1) {
  const backend = backends[round % backends.length] ?? 'PostgreSQL';
  const seed = firstSeed + round;
  const tell = values.verbose ? { tell: (line: string) => console.log(`    ${line}`) } : {};
  const report = await chaos({ backend, seed, seconds: roundSeconds, ...tell });
  reports.push(report);
  const { accepted, refused, runs, repeated, recoveredMs, faults } = report;
  const ended = Object.entries(runs).map(([state, count]) => `${count} ${state}`);
  console.log(
    `${backend}, seed ${seed}: ${accepted} requests accepted, ${refused} refused, runs ${ended.join(', ')}, ${repeated} attempts repeated, calm after ${Math.round(recoveredMs / 100) / 10} s, ${faults.length === 0 ? 'all holds' : 'FAULTS'}`,
  );
  for (const fault of faults) console.log(`  ${fault}`);
}

const happened = new Map<string, number>();
for (const report of reports)
  for (const [name, count] of Object.entries(report.happened))
    happened.set(name, (happened.get(name) ?? 0) + count);
console.log('\n| what happened | times |\n|---|---|');
for (const [name, count] of [...happened].sort(([, a], [, b]) => b - a))
  console.log(`| ${name} | ${count} |`);
const sum = (count: (report: ChaosReport) => number) =>
  reports.reduce((total, report) => total + count(report), 0);
const faulty = reports.filter(({ faults }) => faults.length > 0).length;
console.log(
  `\n${rounds} rounds: ${sum(({ accepted }) => accepted)} requests accepted, ${sum(({ refused }) => refused)} refused or unanswered, ${sum(({ runs }) => runs.succeeded ?? 0)} runs succeeded, ${sum(({ repeated }) => repeated)} attempts repeated, ${sum(({ steps }) => steps)} steps, slowest calm ${Math.max(...reports.map(({ recoveredMs }) => recoveredMs)) / 1000} s; ${faulty} rounds with faults.`,
);
process.exitCode = faulty > 0 ? 1 : 0;
