/** django-program 0.1.2, the program that greenroom succeeds. It needs Python 3.14, and is installed from PyPI. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../stage/places.ts';

const PACKAGES = ['django-program==0.1.2', 'psycopg[binary]'];
const home = join(root, '.greenroom/bench-django-program');

/**
 * Syncs so many times, the first time into an empty database.
 *
 * @returns milliseconds of each sync, or why it was not measured, in a sentence
 */
export function djangoProgramMs(databaseUrl: string, pretalxUrl: string, syncs: number): number[] | string {
  const python = install();
  if (!python.startsWith('/')) return python;
  const env = { ...process.env, PEER_DATABASE: databaseUrl, PEER_PRETALX: pretalxUrl };
  const script = join(root, 'bench/peers/sync_by_django_program.py');
  const ran = spawnSync(python, [script, String(syncs)], { env, encoding: 'utf8' });
  return ran.status === 0 ? (JSON.parse(ran.stdout) as number[]) : notMeasured(ran.stderr);
}

/** @returns the Python that has it, or why there is none */
function install(): string {
  const python = join(home, 'bin/python');
  if (existsSync(join(home, 'installed'))) return python;
  if (spawnSync('python3.14', ['--version']).status !== 0) {
    return notMeasured('it needs Python 3.14, and there is no python3.14 here');
  }
  for (const [command, ...args] of [
    ['python3.14', '-m', 'venv', home],
    [python, '-m', 'pip', 'install', '--quiet', ...PACKAGES],
    [python, '-c', `open(${JSON.stringify(join(home, 'installed'))}, 'w')`],
  ] as const) {
    const ran = spawnSync(command, args, { encoding: 'utf8' });
    if (ran.status !== 0) return notMeasured(ran.stderr);
  }
  return python;
}

function notMeasured(why: string): string {
  return `django-program 0.1.2 was not measured: ${why.trim().split('\n').at(-1)}.`;
}
