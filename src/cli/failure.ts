/** What a failure means on the command line: one sentence on stderr, and an exit code. */
import { CommanderError } from 'commander';
import { lostConnectionCode } from '../db/failure.ts';
import { GreenroomError, rootOf, showsStacks } from '../errors.ts';
import { printable } from '../words.ts';

export const interruptedCode = 130;

/** Writes the sentence; the stack only with `LOG_LEVEL=debug`. @returns The exit code. */
export function reportFailure(error: unknown): number {
  if (error instanceof CommanderError) return commanderCode(error);
  if (showsStacks(process.env.LOG_LEVEL)) console.error(error);
  else console.error(printable(sentenceOf(error)));
  return error instanceof GreenroomError ? error.exitCode : 1;
}

/** Commander has said what was wrong by itself; help that was asked for is no failure. */
function commanderCode(error: CommanderError): number {
  const shown = ['commander.helpDisplayed', 'commander.version'].includes(error.code);
  return shown || error.exitCode === 0 ? 0 : 2;
}

function sentenceOf(error: unknown): string {
  const inner = rootOf(error);
  if (inner instanceof GreenroomError) return inner.message;
  if (!(inner instanceof Error)) return `Something unexpected was thrown: ${String(inner)}`;
  const code = lostConnectionCode(inner);
  if (code !== undefined) {
    return `The connection to the database or the queue was lost (${code}). Check that the servers are up with: greenroom doctor`;
  }
  return `${inner.message} (${inner.name}; LOG_LEVEL=debug shows where)`;
}
