/** `greenroom export SLUG`: the programme as a file, today's or a past one. */
import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { findConference } from '../../conferences/conferences.ts';
import { UsageError } from '../../errors.ts';
import { exportFormats, exportProgramme } from '../../export/programme.ts';
import { textArgument, timeArgument } from '../arguments.ts';
import { action } from '../invocation.ts';

interface Options {
  format: (typeof exportFormats)[number];
  asOf?: Date;
  raw?: true;
  output?: string;
}

export function define(command: Command): void {
  command
    .argument('<slug>', 'the conference')
    .addOption(
      new Option('--format <format>', 'which kind').choices([...exportFormats]).makeOptionMandatory(),
    )
    .option('--as-of <time>', 'the programme as it was then', timeArgument)
    .option('--raw', 'as pretalx has it, without overrides')
    .option('--output <file>', 'write to a file instead of stdout', textArgument)
    .addHelpText(
      'after',
      '\nExample:\n  greenroom export myconf --format ical --as-of 2026-07-01 --output july.ics',
    );
  action(command, ({ json, note, printJson, withMirror }, slug: string, options: Options) =>
    withMirror(async ({ config, database }) => {
      const conference = await findConference(database.orm, slug);
      const { body, contentType, whyEmpty } = await exportProgramme(database.orm, conference, {
        format: options.format,
        asOf: options.asOf,
        raw: options.raw,
        baseUrl: config.pretalx.baseUrl,
      });
      if (whyEmpty !== undefined) note(whyEmpty);
      if (options.output !== undefined && options.output !== '-') {
        await save(options.output, body);
        if (json)
          printJson({ output: options.output, content_type: contentType, bytes: Buffer.byteLength(body) });
        else note(`Wrote ${options.output}.`);
      } else if (json && options.format !== 'schedule.json') {
        printJson({ format: options.format, content_type: contentType, body });
      } else {
        process.stdout.write(body);
      }
    }),
  );
}

const WHY: Record<string, string> = {
  ENOENT: 'its folder is not there',
  ENOTDIR: 'its folder is not one',
  EISDIR: 'it is a folder',
  EACCES: 'you may not write there',
  EROFS: 'it is on a disk that can only be read',
  ENOSPC: 'the disk is full',
};

/** @throws UsageError when the file can't be written. */
async function save(file: string, body: string): Promise<void> {
  try {
    await writeFile(file, body);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UsageError(`${file} can't be written: ${WHY[code] ?? code}. Name another one with --output.`);
  }
}
