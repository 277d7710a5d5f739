import { describe, expect, test } from 'vitest';
import { pickText } from '../../src/programme/text.ts';

describe('a text in one language', () => {
  test("is the event's own, else English, else the first that says something", () => {
    expect(pickText({ cs: 'Sál', de: 'Saal', en: 'Hall' }, 'de')).toBe('Saal');
    expect(pickText({ cs: 'Sál', en: 'Hall' }, 'de')).toBe('Hall');
    expect(pickText({ cs: 'Sál', fr: 'Salle' }, 'de')).toBe('Sál');
  });

  test('skips languages that are there but blank', () => {
    expect(pickText({ cs: 'Sál', de: ' ', en: '' }, 'de')).toBe('Sál');
    expect(pickText({ de: '', en: '' }, 'de')).toBeNull();
    expect(pickText({}, 'de')).toBeNull();
  });

  test('is kept byte for byte, white space around it too', () => {
    const text = '  **Größe** 🎉\r\n\tעברית\u2028 ';
    expect(pickText({ de: text }, 'de')).toBe(text);
  });

  test('may be nothing at all', () => {
    expect(pickText(null, 'de')).toBeNull();
    expect(pickText(undefined, 'de')).toBeNull();
  });
});
