/** The log: pino, one line an event, to stderr, so that stdout belongs to a command's answer. */
import { createRequire } from 'node:module';
import { type Logger, pino } from 'pino';
import { rootOf, showsStacks } from './errors.ts';
import { redact } from './log-redaction.ts';

export type { Logger } from 'pino';

/**
 * Makes the process's logger. Every line passes through `redact`, whatever was logged and however deep. What is logged
 * as `err` is told with its stack on the levels `debug` and `trace` only, else by its name and message.
 *
 * @param destination where lines go; stderr unless a test wants to read them
 */
export function createLogger(
  settings: { level: string; format: 'pretty' | 'json' },
  destination: { write(line: string): unknown } = process.stderr,
): Logger {
  const output =
    settings.format === 'json'
      ? (line: string) => destination.write(line)
      : prettyOutput((line) => destination.write(line));
  return pino(
    {
      level: settings.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: showsStacks(settings.level) ? pino.stdSerializers.err : inBrief },
    },
    { write: (line) => output(redact(line)) },
  );
}

/** The fields of pino's own serializer that say what happened, and not where. */
function inBrief(error: unknown): unknown {
  const root = rootOf(error);
  if (!(root instanceof Error)) return root;
  const { code } = root as NodeJS.ErrnoException;
  return { type: root.name, message: root.message, ...(code === undefined ? {} : { code }) };
}

function prettyOutput(write: (line: string) => unknown): (line: string) => void {
  // Loaded only where lines are for people: services log JSON, and a command starts the sooner without it.
  const pretty: typeof import('pino-pretty') = createRequire(import.meta.url)('pino-pretty');
  const format = pretty.prettyFactory({
    colorize: process.stderr.isTTY === true && !process.env.NO_COLOR,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
  });
  return (line) => write(format(line) ?? '');
}
