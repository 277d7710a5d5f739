/** Where things are. The bench is compiled before it runs, as the package is: what is measured is what people have. */

import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

/** The checkout. */
export const root = dirname(findPackageJSON(import.meta.url) as string);

/** What the bench leaves on the disk. `.greenroom` beside it is the user's mirror, and stays as it is. */
export const benchHome = join(root, '.bench');

/** A compiled program, like `workers/sync`. */
export function compiled(name: string): string {
  return join(import.meta.dirname, '../..', `${name}.js`);
}
