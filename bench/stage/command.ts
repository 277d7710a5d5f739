/** The command line as people start it: in a process of its own, timed from the start. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from './child.ts';
import { machineMs } from './clock.ts';
import { peakRssMb } from './memory.ts';

const root = join(import.meta.dirname, '../..');

/** How greenroom can be started here: from the checkout, and from what the package ships when that was built. */
export function entrances(): { name: string; script: string }[] {
  const all = [
    { name: 'checkout', script: join(root, 'src/cli/index.ts') },
    { name: 'built', script: join(root, 'dist/src/cli/index.js') },
  ];
  return all.filter(({ script }) => existsSync(script));
}

export interface CommandFigures {
  startedAtMs: number;
  ms: number;
  peakRssMb: number | undefined;
}

/** @throws Error when the command ends with anything but 0 */
export async function runCommand(
  script: string,
  args: readonly string[],
  env: Env = {},
): Promise<CommandFigures> {
  const startedAtMs = machineMs();
  const child = spawn(process.execPath, [script, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text;
  });
  let peak: number | undefined;
  const watch = setInterval(() => {
    peak = peakRssMb(child.pid ?? 0) ?? peak;
  }, 10);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`greenroom ${args.join(' ')} ended with ${code}: ${complaints}`);
  return { startedAtMs, ms: machineMs() - startedAtMs, peakRssMb: peak };
}
