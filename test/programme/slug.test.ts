import { expect, test } from 'vitest';
import { slugify, uniqueSlug } from '../../src/programme/slug.ts';

test('slugs are ASCII, with umlauts spelled out and accents dropped', () => {
  expect(slugify('  Lightning   talk! ')).toBe('lightning-talk');
  expect(slugify('Übung für Größe')).toBe('uebung-fuer-groesse');
  expect(slugify('U\u0308bung')).toBe('uebung');
  expect(slugify('Dílna & Œuvre / Łódź')).toBe('dilna-oeuvre-lodz');
  expect(slugify('講習会')).toBe('');
});

test('a slug that is taken gets the next number', () => {
  expect(uniqueSlug('sprint', new Set())).toBe('sprint');
  expect(uniqueSlug('sprint', new Set(['sprint', 'sprint-2']))).toBe('sprint-3');
});
