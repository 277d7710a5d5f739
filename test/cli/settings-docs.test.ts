import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { settingNames } from '../../src/config.ts';

test('docs/settings.md has every setting, and no other', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/settings.md'), 'utf8');
  const documented = [...text.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]);
  expect(documented).toEqual(settingNames);
});
