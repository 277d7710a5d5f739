import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

const root = dirname(findPackageJSON('..', import.meta.url) as string);

/**
 * Where a file is that comes with greenroom, in a checkout and in the installed package alike; an absolute path.
 *
 * @param path from the folder of package.json
 */
export function inPackage(path: string): string {
  return join(root, path);
}
