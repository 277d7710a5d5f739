import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linkLibraries } from '../../../src/db/embedded/libraries.ts';

describe('the libraries of the embedded server', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'greenroom-test-libraries-'));
    mkdirSync(join(folder, 'native/lib'), { recursive: true });
    writeFileSync(join(folder, 'native/lib/libx.so.1.2'), 'the library');
    writeFileSync(join(folder, 'native/pg-symlinks.json'), list('native/lib/libx.so.1'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const list = (target: string) => JSON.stringify([{ source: 'native/lib/libx.so.1.2', target }]);

  it('are found where npm ran no install scripts, as with ignore-scripts', () => {
    linkLibraries(join(folder, 'native'));
    expect(readFileSync(join(folder, 'native/lib/libx.so.1'), 'utf8')).toBe('the library');
  });

  it('stay as they are where npm has linked them', () => {
    linkLibraries(join(folder, 'native'));
    linkLibraries(join(folder, 'native'));
    expect(readFileSync(join(folder, 'native/lib/libx.so.1'), 'utf8')).toBe('the library');
  });

  it('are missed in a sentence that says what to do, where they can not be linked', () => {
    writeFileSync(join(folder, 'native/pg-symlinks.json'), list('native/nowhere/libx.so.1'));
    expect(() => linkLibraries(join(folder, 'native'))).toThrow(/not complete.*ENOENT.*Run npm rebuild/);
  });
});
