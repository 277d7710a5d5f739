import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** greenroom's own version, from the package.json of the checkout or of the installed package. */
export const version: string = JSON.parse(
  readFileSync(findPackageJSON('..', import.meta.url) as string, 'utf8'),
).version;
