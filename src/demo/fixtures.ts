import { existsSync } from 'node:fs';
import { inPackage } from '../in-package.ts';

/** Where the recordings are. */
export function recordedEventFolder(): string {
  const folder = inPackage('fixtures/democon');
  if (!existsSync(folder))
    throw new Error('The recorded event (fixtures/democon) is missing from this installation.');
  return folder;
}
