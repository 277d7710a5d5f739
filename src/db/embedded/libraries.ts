import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { DatabaseUnavailableError } from '../../errors.ts';

/**
 * Makes the links between the server's libraries, which no npm package can hold. The platform's package does it when it
 * is installed, unless npm is told to run no scripts of packages.
 *
 * @param native the folder with the list of them; without a list there is nothing to do
 * @throws DatabaseUnavailableError when one is missing and can't be made
 */
export function linkLibraries(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(dirname(native), target);
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST' || existsSync(link)) continue;
      throw new DatabaseUnavailableError(
        `The embedded PostgreSQL is not complete, since npm ran no install scripts, and ${link} can't be made (${code}). Run npm rebuild as who installed greenroom, with --ignore-scripts=false, or set DATABASE_URL.`,
      );
    }
  }
}
