/** The command line as people start it: in a process of its own, timed from the start. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Env } from './child.ts';
import { machineMs } from './clock.ts';
import { peakRssMb } from './memory.ts';
import { compiled, root } from './places.ts';

/** How greenroom is started: from a checkout, as `npm run greenroom` does, and as the package ships it. */
export const entrances = [
  {
    name: 'checkout',
    script: join(root, 'src/cli/index.ts'),
    env: { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/node') },
  },
  { name: 'package', script: compiled('src/cli/index'), env: {} },
];

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
