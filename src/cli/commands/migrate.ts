/** `greenroom migrate`: opening the mirror brings the schema up to date, so nothing is left to do here. */
import type { Command } from 'commander';
import { action } from '../invocation.ts';

export function define(command: Command): void {
  command.addHelpText('after', '\nExample:\n  DATABASE_URL=postgres://localhost/greenroom greenroom migrate');
  action(command, ({ json, print, printJson, withMirror }) =>
    withMirror(async ({ database }) => {
      const [server] = await database.sql<{ server_version: string; name: string }[]>`
        select current_setting('server_version') as server_version, current_database() as name`;
      if (json) printJson({ database: server?.name, server_version: server?.server_version, migrated: true });
      else
        print(
          `The schema "greenroom" of database "${server?.name}" is up to date (PostgreSQL ${server?.server_version}).`,
        );
    }),
  );
}
