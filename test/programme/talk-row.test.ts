import { describe, expect, test } from 'vitest';
import { selectProfile } from '../../src/programme/profiles.ts';
import { submissionTypeRow, tagRow, trackRow } from '../../src/programme/rows.ts';
import { type TalkContext, talkRow } from '../../src/programme/talk-row.ts';
import { recorded, theOne } from './recordings.ts';

const organiser = 'democon/1-v1.0/v2-organiser';
const submissions = recorded(organiser, 'submissions');
const byId = <Row extends { pretalxId: number }>(rows: Row[]) =>
  new Map(rows.map((row) => [row.pretalxId, row]));

function context(locale: string, changes: Partial<TalkContext> = {}): TalkContext {
  return {
    types: byId(recorded(organiser, 'submission-types').map((wire) => submissionTypeRow(wire, { locale }))),
    tracks: byId(recorded(organiser, 'tracks').map((wire) => trackRow(wire, { locale }))),
    tags: byId(recorded(organiser, 'tags').map(tagRow)),
    profile: selectProfile('default', 'democon', 'democon'),
    ...changes,
  };
}

describe('talks', () => {
  test("have type and track in the event's language, tags and speakers in upstream's order", () => {
    expect(talkRow(theOne(submissions, '79PA9J'), context('de'))).toMatchObject({
      pretalxCode: '79PA9J',
      title: 'Face-to-face dynamic implementation',
      abstract: 'Syndicate b2b portals!',
      description: null,
      submissionType: 'Offener Raum',
      submissionTypePretalxId: 208,
      track: 'Web',
      trackPretalxId: 301,
      tags: ['beginner'],
      duration: 60,
      state: 'confirmed',
      contentLocale: 'en',
      doNotRecord: false,
      isFeatured: false,
      imageUrl: null,
      speakerCodes: ['F83WE7'],
    });
    const several = theOne(submissions, 'MWZY7K');
    expect(talkRow(several, context('en')).speakerCodes).toEqual(several.speakers);
    expect(several.speakers).toHaveLength(5);
  });

  test('take their duration from themselves, else from their type', () => {
    const wire = theOne(submissions, '7BEREY');
    const types = context('en');
    expect(talkRow({ ...wire, duration: 7 }, types).duration).toBe(7);
    expect(talkRow({ ...wire, duration: null }, types).duration).toBe(30);
    const { duration: _, ...hidden } = wire;
    expect(talkRow(hidden, types).duration).toBe(30);
    expect(talkRow({ ...hidden, submission_type: null }, types).duration).toBeUndefined();
    expect(talkRow({ ...wire, duration: null, submission_type: null }, types).duration).toBeNull();
  });

  test('keep what the settings of the event hide as unknown, not as empty', () => {
    const { title, abstract, description, track, image, do_not_record, content_locale, ...rest } = theOne(
      submissions,
      '79PA9J',
    );
    const row = talkRow(rest, context('en', { tracks: new Map() }));
    for (const column of [
      'title',
      'abstract',
      'description',
      'track',
      'trackPretalxId',
      'imageUrl',
      'doNotRecord',
      'contentLocale',
    ] as const) {
      expect(row).toHaveProperty(column, undefined);
    }
  });

  test('keep their tags as they are when tags can not be read', () => {
    expect(talkRow(theOne(submissions, '79PA9J'), context('en', { tags: null })).tags).toBeUndefined();
  });

  test('have no type and no picture when pretalx says so', () => {
    const wire = { ...theOne(submissions, '79PA9J'), submission_type: null, image: '' };
    expect(talkRow(wire, context('en'))).toMatchObject({ submissionType: null, imageUrl: null });
  });

  test('drop a tag that is no tag of the event', () => {
    expect(talkRow({ ...theOne(submissions, '79PA9J'), tags: [999, 404] }, context('en')).tags).toEqual([
      'español 🇪🇸',
    ]);
  });

  test('have every column for every recorded reader', () => {
    const columns = Object.keys(talkRow(theOne(submissions, '79PA9J'), context('en')));
    for (const from of [organiser, 'democon/1-v1.0/v2-anonymous', 'democon-2025.2/1-v1.0/v1-organiser']) {
      for (const wire of recorded(from, 'submissions')) {
        expect(Object.keys(talkRow(wire, context('en')))).toEqual(columns);
      }
    }
  });

  test('keep markup, line ends, emoji and long titles byte for byte', () => {
    for (const code of ['EUHZ9G', 'A8B8R9']) {
      const wire = theOne(submissions, code);
      expect(talkRow(wire, context('en'))).toMatchObject({
        title: wire.title,
        abstract: wire.abstract,
        description: wire.description,
      });
    }
  });
});
