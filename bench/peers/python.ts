/** Peers written in Python: each runs in a virtual environment of its own, with its packages from PyPI. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { benchHome, root } from '../stage/places.ts';

export interface PythonPeer {
  name: string;
  version: string;
  /** The Python that it needs, as a command. */
  command: string;
  /** What it needs besides, as pip names them. */
  besides: readonly string[];
  /** The program in bench/peers that runs it, and prints JSON. */
  program: string;
}

/** As it is called in tables and sentences. */
export function nameOf({ name, version }: PythonPeer): string {
  return `${name} ${version}`;
}

/** @returns what its program printed, or in a sentence why it was not measured */
export function askPythonPeer<Printed extends object>(
  peer: PythonPeer,
  args: readonly string[],
  env: Record<string, string>,
): Printed | string {
  const home = join(benchHome, `${peer.name}-${peer.version}`);
  const python = join(home, 'bin/python');
  const failed = install(peer, home, python);
  if (failed !== undefined) return notMeasured(peer, failed);
  const program = join(root, 'bench/peers', peer.program);
  const ran = spawnSync(python, [program, ...args], { env: { ...process.env, ...env }, encoding: 'utf8' });
  return ran.status === 0 ? (JSON.parse(ran.stdout) as Printed) : notMeasured(peer, ran.stderr);
}

/** @returns why it can't be installed */
function install(peer: PythonPeer, home: string, python: string): string | undefined {
  const mark = join(home, 'installed');
  if (existsSync(mark)) return undefined;
  if (spawnSync(peer.command, ['--version']).status !== 0)
    return `it needs ${peer.command}, which is not here`;
  for (const [command, ...args] of [
    [peer.command, '-m', 'venv', home],
    [python, '-m', 'pip', 'install', '--quiet', `${peer.name}==${peer.version}`, ...peer.besides],
    [python, '-c', `open(${JSON.stringify(mark)}, 'w')`],
  ] as const) {
    const ran = spawnSync(command, args, { encoding: 'utf8' });
    if (ran.status !== 0) return ran.stderr;
  }
  return undefined;
}

function notMeasured(peer: PythonPeer, why: string): string {
  return `${nameOf(peer)} was not measured: ${why.trim().split('\n').at(-1)}.`;
}
