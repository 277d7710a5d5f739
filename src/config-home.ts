import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * What can be said of the embedded server's folder before it is used. It may be missing: then it is made in the nearest
 * one above it that is there.
 *
 * @returns at most one fault, as a sentence without its full stop that does not show the value
 */
export function homeFaults(home: string): string[] {
  let folder = resolve(home);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  try {
    if (!statSync(folder).isDirectory()) return [`GREENROOM_HOME must be a folder, not a file or below one`];
    accessSync(folder, constants.W_OK | constants.X_OK);
    return [];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return [`GREENROOM_HOME must be a folder that may be made and written to (${code})`];
  }
}
