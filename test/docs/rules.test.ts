import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

test('every test that docs/rules.md names is there', () => {
  const named = [...read('docs/rules.md').matchAll(/^ {2}- `(test\/[^`]+)`: (.+)$/gm)];
  expect(named.length).toBeGreaterThan(50);
  const missing = named.filter(([, path = '', name = '']) => {
    return !existsSync(new URL(path, root)) || !read(path).replaceAll("\\'", "'").includes(name);
  });
  expect(missing.map(([line]) => line.trim())).toEqual([]);
});
