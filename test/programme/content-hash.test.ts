import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentHasher } from '../../src/programme/content-hash.ts';

const hash = contentHasher(['a', 'b']);

describe('content hashes', () => {
  test('are 22 characters, and the same for the same content in another order', () => {
    const en = { a: { de: 'Saal', en: 'Hall' }, b: [1, null] };
    expect(hash(en)).toMatch(/^[\w-]{22}$/);
    expect(hash({ b: [1, null], a: { en: 'Hall', de: 'Saal' } })).toBe(hash(en));
  });

  test('differ whenever the content differs', () => {
    const value = fc.oneof(fc.jsonValue(), fc.date({ noInvalidDate: true }));
    const plain = (row: { a: unknown; b: unknown }) => canonicalJson([row.a, row.b]);
    fc.assert(
      fc.property(fc.record({ a: value, b: value }), fc.record({ a: value, b: value }), (one, other) => {
        expect(hash(one) === hash(other)).toBe(plain(one) === plain(other));
      }),
    );
    expect(hash({ a: 'x', b: 'y' })).not.toBe(hash({ a: 'x\ny', b: '' }));
    expect(hash({ a: null, b: '' })).not.toBe(hash({ a: '', b: null }));
  });

  test('look at the columns named and no others', () => {
    const row = { a: 1, b: 2, id: 3 };
    expect(hash(row)).toBe(hash({ a: 1, b: 2 }));
  });

  test('of what is unknown do not exist: the column is named', () => {
    expect(() => hash({ a: 1, b: undefined })).toThrow(/"b"/);
    expect(() => hash({ a: { en: undefined }, b: 1 })).toThrow(/"a"/);
  });
});

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    part && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
