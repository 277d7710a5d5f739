#!/usr/bin/env node
/** The command line's entrance. */
import '../lean-heap.ts';
import '../lean-drizzle.ts';
import '../outlive-stderr.ts';
import { enableCompileCache } from 'node:module';
import { reportFailure } from './failure.ts';
import { watchStdout } from './lost-stdout.ts';
import { buildProgram, commands } from './program.ts';

async function main(args: string[]): Promise<void> {
  const words = args.filter((arg) => !arg.startsWith('-'));
  const isHelp = words[0] === 'help';
  const asked = isHelp ? words[1] : words[0];
  const program = await buildProgram(asked);
  if (asked === undefined && !isHelp && !args.some((arg) => ['--help', '-h', '--version'].includes(arg))) {
    program.outputHelp({ error: true });
    const unknown = args.find((arg) => arg !== '--json');
    console.error(unknown === undefined ? '\nerror: name a command' : `\nerror: unknown option '${unknown}'`);
    process.exitCode = 2;
    return;
  }
  // Of a subcommand too, which commander's own "help" does not show; it knows a wrong command only without --help.
  const help = asked !== undefined && asked in commands ? ['--help'] : [];
  await program.parseAsync(isHelp && asked !== undefined ? [...words.slice(1), ...help] : args, {
    from: 'user',
  });
}

watchStdout();
// Every command loads its libraries anew: compiled once, they start in half the time.
enableCompileCache();
main(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = reportFailure(error);
});
