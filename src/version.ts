import { readFileSync } from 'node:fs';
import { inPackage } from './in-package.ts';

/** greenroom's own version, from the package.json of the checkout or of the installed package. */
export const version: string = JSON.parse(readFileSync(inPackage('package.json'), 'utf8')).version;
