/** What an action of the command line gets, and how it is run: settings, database, interruption, exit code. */
import type { Command } from 'commander';
import { type Config, readConfig } from '../config.ts';
import type { Database } from '../db/client.ts';
import { databaseFailure } from '../db/failure.ts';
import { openMirror } from '../db/open.ts';
import { createLogger, type Logger } from '../log.ts';
import { connectionsFor, type Occupation } from '../queue/connections.ts';
import { interruptedCode, reportFailure } from './failure.ts';

export interface Mirror {
  readonly config: Config;
  readonly database: Database;
  readonly log: Logger;
}

export interface Invocation {
  /** One JSON document on stdout instead of words. */
  readonly json: boolean;
  /** Aborted by the first Ctrl-C or SIGTERM. An action that watches it cleans up and returns. */
  readonly signal: AbortSignal;
  /** An answer, to stdout. */
  print(text: string): void;
  /** The answer as JSON, to stdout. */
  printJson(value: unknown): void;
  /** News for people, to stderr. */
  note(text: string): void;
  /**
   * Opens the migrated mirror for `work` and closes it afterwards, whatever happens. Commands that say themselves what
   * happens keep the log quiet unless `LOG_LEVEL` is set; services `log` as the settings say.
   *
   * @param occupation what the process is there for
   * @param config where not all settings count
   */
  withMirror<R>(work: (mirror: Mirror) => Promise<R>, occupation?: Occupation, config?: Config): Promise<R>;
}

/** What a command answers: an exit code, or nothing for 0. */
// biome-ignore lint/suspicious/noConfusingVoidType: an action that returns nothing is the usual one
export type Answer = number | undefined | void;

/** How long an interrupted action may take to clean up before the process goes anyway. */
const graceMs = 5_000;
const againMs = 500;
const terminatedCode = 143;

/**
 * Makes a commander action of `work`. Its arguments are the command's arguments in order, then its options.
 * The process ends with the exit code that `work` returns, or with that of its failure.
 */
export function action<A extends unknown[]>(
  command: Command,
  work: (invocation: Invocation, ...args: A) => Promise<Answer>,
): void {
  command.action(async (...given: unknown[]) => {
    const args = given.slice(0, -1) as A;
    process.exitCode = await run((invocation) => work(invocation, ...args), command.optsWithGlobals());
    // Whatever still holds the event loop (a socket that lingers) must not keep the terminal waiting.
    setTimeout(() => process.exit(), 1_000).unref();
  });
}

async function run(
  work: (invocation: Invocation) => Promise<Answer>,
  options: { json?: boolean },
): Promise<number> {
  const interruption = watchInterruption();
  const invocation: Invocation = {
    json: options.json === true,
    signal: interruption.signal,
    print: (text) => void process.stdout.write(`${text}\n`),
    printJson: (value) => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    note: (text) => void process.stderr.write(`${text}\n`),
    withMirror,
  };
  try {
    const code = (await Promise.race([work(invocation), interruption.overdue])) ?? 0;
    return interruption.exitCode(code);
  } catch (error) {
    return interruption.signal.aborted ? interruption.exitCode(1) : reportFailure(error);
  } finally {
    interruption.stop();
  }
}

async function withMirror<R>(
  work: (mirror: Mirror) => Promise<R>,
  occupation: Occupation = 'command',
  config: Config = readConfig(),
): Promise<R> {
  const isQuiet = occupation === 'command' && !process.env.LOG_LEVEL;
  const log = createLogger(isQuiet ? { ...config.log, level: 'fatal' } : config.log);
  const database = await openMirror(config, { maxConnections: connectionsFor(occupation, config) });
  try {
    return await work({ config, database, log });
  } catch (error) {
    throw databaseFailure(error, database.url);
  } finally {
    await database.close();
  }
}

/** The first signal asks the action to end; one more a while later, or the end of the grace, ends the process. */
function watchInterruption() {
  const controller = new AbortController();
  const overdue = Promise.withResolvers<number>();
  let received: { signal: NodeJS.Signals; atMs: number } | undefined;
  let grace: NodeJS.Timeout | undefined;
  /** After Ctrl-C always 130; after SIGTERM, which ends a service in good order, 0 when the action ended well. */
  const exitCode = (code: number) => {
    if (received?.signal === 'SIGINT') return interruptedCode;
    return received && code !== 0 ? terminatedCode : code;
  };
  const interrupt = (signal: NodeJS.Signals) => {
    // Under npm one Ctrl-C arrives twice: from the terminal and from npm.
    if (received && Date.now() - received.atMs > againMs) process.exit(exitCode(1));
    if (received) return;
    received = { signal, atMs: Date.now() };
    grace = setTimeout(() => overdue.resolve(exitCode(1)), graceMs).unref();
    controller.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  return {
    signal: controller.signal,
    overdue: overdue.promise,
    exitCode,
    stop: () => {
      clearTimeout(grace);
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    },
  };
}
