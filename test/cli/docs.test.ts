import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { buildProgram, commands } from '../../src/cli/program.ts';

const file = join(import.meta.dirname, '../../docs/commands.md');

describe('docs/commands.md', () => {
  test('has the help of every command, word for word (UPDATE_DOCS=1 writes it anew)', async () => {
    const parts: string[] = [];
    for (const name of Object.keys(commands)) {
      const command = subcommand(await buildProgram(name), name);
      parts.push(`## ${name}\n`, block(command));
      for (const nested of command.commands) parts.push(`### ${name} ${nested.name()}\n`, block(nested));
    }
    const text = `# Commands

The help of every command. From a checkout: \`npm run -s greenroom -- COMMAND\`. With \`--json\` the answer is one JSON document on stdout: rows with the columns' names, \`sync\`, \`approve\` and \`run\` the run's row, lists as arrays. Logs, progress and errors go to stderr.

Exit codes: 0 done; 1 the run, a check or a limit failed; 2 wrong usage or settings, something unknown, or a state that does not allow it; 3 held by the removal guard; 4 \`plan --exit-code\` found changes; 130 interrupted. After SIGTERM the services \`work\`, \`web\` and \`demo\` end with 0; a command that it cut off ends with 143.

${parts.join('\n')}`;
    if (process.env.UPDATE_DOCS) writeFileSync(file, text);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('every command has an example', async () => {
    for (const name of Object.keys(commands)) {
      const command = subcommand(await buildProgram(name), name);
      for (const one of [command, ...command.commands])
        expect(helpOf(one), one.name()).toContain('Example:\n  ');
    }
  });
});

function subcommand(program: Command, name: string): Command {
  const command = program.commands.find((candidate) => candidate.name() === name);
  if (!command) throw new Error(`There is no command ${name}.`);
  return command;
}

const block = (command: Command) => `\`\`\`text\n${helpOf(command).trimEnd()}\n\`\`\`\n`;

function helpOf(command: Command): string {
  const pieces: string[] = [];
  command.configureOutput({ writeOut: (piece) => pieces.push(piece), getOutHelpWidth: () => 100 });
  command.outputHelp();
  return pieces.join('');
}
