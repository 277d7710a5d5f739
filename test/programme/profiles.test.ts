import { describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { UsageError } from '../../src/errors.ts';
import { registerProfile, selectProfile } from '../../src/programme/profiles.ts';
import type { TagRow } from '../../src/programme/rows.ts';

const submission = { code: 'ABC', speakers: [], submission_type: 1, state: 'confirmed', tags: [1, 2, 3] };
const tags = new Map<number, TagRow>(
  ['  AI ', '   ', 'Web'].map((name, index) => {
    return [index + 1, { pretalxId: index + 1, name, color: null, isPublic: true }];
  }),
);

describe('profiles', () => {
  test('"default" takes tags as they are, "pyconus" trims them and drops blank ones', () => {
    expect(selectProfile('default', 'x', 'x').tags(submission, tags)).toEqual(['  AI ', '   ', 'Web']);
    expect(selectProfile('pyconus', 'x', 'x').tags(submission, tags)).toEqual(['AI', 'Web']);
    expect(selectProfile('pyconus', 'x', 'x').tags(submission, null)).toBeUndefined();
  });

  test('"auto" knows PyCon US by the slug of the event or of the conference', () => {
    const pyconus = selectProfile('pyconus', '', '');
    for (const [event, conference] of [
      ['pyconus2027', 'c'],
      ['pycon-us-2027', 'c'],
      ['e', 'pyconus'],
      ['e', 'PyCon-US'],
    ] as const) {
      expect(selectProfile('auto', event, conference)).toBe(pyconus);
    }
    for (const slug of ['pycon-uk', 'my-pyconus', 'democon', 'pycon_us']) {
      expect(selectProfile('auto', slug, slug)).toBe(selectProfile('default', '', ''));
    }
    expect(selectProfile('default', 'pyconus2027', 'pyconus')).not.toBe(pyconus);
  });

  test('of your own can be added under a name', () => {
    const byState = { track: () => 'Everything', tags: () => ['one'] };
    registerProfile('mine', byState);
    expect(selectProfile('mine', 'pyconus', 'pyconus')).toBe(byState);
    expect(readConfig({ GREENROOM_PROFILE: 'mine' }).profile).toBe('mine');
    for (const name of ['auto', 'default', 'pyconus', 'Mine', 'my own', '']) {
      expect(() => registerProfile(name, byState)).toThrow(UsageError);
    }
  });

  test('that nobody knows are an error which names those that are known', () => {
    expect(() => selectProfile('pyconuk', 'e', 'c')).toThrow(/no profile "pyconuk".*default, pyconus/);
  });
});
