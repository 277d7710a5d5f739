#!/usr/bin/env node
/** The command line's entrance. */
import '../lean-heap.ts';
import '../lean-drizzle.ts';
import '../outlive-stderr.ts';
import { enableCompileCache } from 'node:module';
import { reportFailure } from './failure.ts';
import { watchStdout } from './lost-stdout.ts';
import { buildProgram } from './program.ts';

async function main(args: string[]): Promise<void> {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const asked = words[0] === 'help' ? words[1] : words[0];
  const program = await buildProgram(asked);
  if (asked === undefined && !args.some((arg) => ['--help', '-h', '--version'].includes(arg))) {
    program.outputHelp({ error: true });
    process.exitCode = 2;
    return;
  }
  await program.parseAsync(args, { from: 'user' });
}

watchStdout();
// Every command loads its libraries anew: compiled once, they start in half the time.
enableCompileCache();
main(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = reportFailure(error);
});
