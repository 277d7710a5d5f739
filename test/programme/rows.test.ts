import { describe, expect, test } from 'vitest';
import {
  roomRow,
  showsEmails,
  speakerRow,
  submissionTypeRow,
  tagRow,
  trackRow,
} from '../../src/programme/rows.ts';
import { recorded, theOne } from './recordings.ts';

const organiser = 'democon/1-v1.0/v2-organiser';
const anonymous = 'democon/1-v1.0/v2-anonymous';

describe('rooms', () => {
  const rooms = recorded(organiser, 'rooms');

  test("have their text in the event's language beside all languages", () => {
    expect(roomRow(theOne(rooms, 101), { locale: 'de' })).toEqual({
      pretalxId: 101,
      name: 'Forumssaal',
      nameI18n: { de: 'Forumssaal', en: 'Forum Hall' },
      description: 'Erdgeschoss, Haupteingang',
      descriptionI18n: { de: 'Erdgeschoss, Haupteingang', en: 'Ground floor, **main entrance**' },
      capacity: 1200,
      position: 0,
      guid: '0b2b8d1e-7a55-4f0e-9d53-3c1e6f2a7b11',
    });
  });

  test('of the same name stay two rooms, and each has a guid', () => {
    const rows = rooms.map((room) => roomRow(room, { locale: 'en' }));
    expect(rows.filter((row) => row.name === 'Club').map((row) => row.pretalxId)).toEqual([104, 105]);
    expect(new Set(rows.map((row) => row.guid)).size).toBe(7);
  });

  test('without description or capacity are known to have none; keys that are not sent are unknown', () => {
    expect(roomRow(theOne(rooms, 106), { locale: 'en' })).toMatchObject({
      description: null,
      capacity: null,
    });
    const bare = roomRow({ id: 1, name: { en: 'Hall' } }, { locale: 'en' });
    expect(bare).toMatchObject({ description: undefined, capacity: undefined, guid: undefined });
  });
});

describe('submission types, tracks and tags', () => {
  test('are mirrored with what upstream says about them', () => {
    const [type] = recorded(organiser, 'submission-types');
    expect(type && submissionTypeRow(type, { locale: 'de' })).toEqual({
      pretalxId: 201,
      name: 'Vortrag',
      nameI18n: { de: 'Vortrag', en: 'Talk' },
      defaultDuration: 30,
    });
    const tracks = recorded(organiser, 'tracks').map((track) => trackRow(track, { locale: 'en' }));
    expect(tracks.map((row) => row.name)).toContain('Gemeinschaft');
    expect(tracks[1]).toMatchObject({ pretalxId: 302, name: 'Data & AI', color: '#16a34a', position: 1 });
    const tags = recorded(organiser, 'tags').map(tagRow);
    expect(tags[3]).toEqual({ pretalxId: 404, name: 'español 🇪🇸', color: '#aabbcc', isPublic: true });
  });
});

describe('speakers', () => {
  const speakers = recorded(organiser, 'speakers');

  test('without an account have no address where others have one', () => {
    expect(showsEmails(speakers)).toBe(true);
    expect(speakerRow(theOne(speakers, 'TGRGJK'), { emailsShown: true }).email).toBeNull();
    expect(speakerRow(theOne(speakers, '3DPCGA'), { emailsShown: true }).email).toBe(
      'speaker010@example.org',
    );
  });

  test('have unknown addresses, not empty ones, for readers who see none', () => {
    const seen = recorded(anonymous, 'speakers');
    expect(showsEmails(seen)).toBe(false);
    expect(seen.map((wire) => speakerRow(wire, { emailsShown: false }).email)).toEqual(
      seen.map(() => undefined),
    );
  });

  test('without a picture have null, in pretalx 2026 and in 2025, which sends an empty text', () => {
    expect(speakerRow(theOne(speakers, '3DPCGA'), { emailsShown: true }).avatarUrl).toBeNull();
    expect(speakerRow(theOne(speakers, 'YQMKTN'), { emailsShown: true }).avatarUrl).toMatch(/^http/);
    const older = recorded('democon-2025.2/1-v1.0/v1-organiser', 'speakers');
    expect(older.some((wire) => wire.avatar_url === '')).toBe(true);
    expect(older.every((wire) => speakerRow(wire, { emailsShown: true }).avatarUrl !== '')).toBe(true);
  });

  test('keep long and right-to-left texts as they are', () => {
    const wire = theOne(speakers, '9CGPHV');
    expect(wire.biography?.length).toBeGreaterThan(7000);
    expect(speakerRow(wire, { emailsShown: true })).toMatchObject({
      name: wire.name,
      biography: wire.biography,
    });
    const rtl = theOne(speakers, 'AMPTL9');
    expect(speakerRow(rtl, { emailsShown: true }).name).toBe(rtl.name);
  });
});
