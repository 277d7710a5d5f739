import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where the recordings are: in a checkout two folders up, in the built package one more. */
export function recordedEventFolder(): string {
  const places = ['../../fixtures/democon', '../../../fixtures/democon'];
  const folder = places.map((place) => join(import.meta.dirname, place)).find((place) => existsSync(place));
  if (folder === undefined)
    throw new Error('The recorded event (fixtures/democon) is missing from this installation.');
  return folder;
}
