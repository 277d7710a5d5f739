import { describe, expect, test } from 'vitest';
import {
  type ActivityContext,
  type ActivityTalk,
  activitiesOf,
  activityTypeOf,
} from '../../src/programme/activities.ts';
import { submissionTypeRow } from '../../src/programme/rows.ts';
import { recorded } from './recordings.ts';

const context: ActivityContext = {
  types: [],
  roomNames: new Map([
    [1, 'Forum Hall'],
    [2, 'Club'],
    [3, 'Club'],
  ]),
  slugs: new Map(),
};

let lastId = 0;
const talk = (submissionType: string, changes: Partial<ActivityTalk> = {}): ActivityTalk => {
  lastId += 1;
  return {
    id: lastId,
    submissionType,
    state: 'confirmed',
    roomId: null,
    slotStart: null,
    slotEnd: null,
    ...changes,
  };
};
const at = (hour: number) => new Date(Date.UTC(2026, 6, 15, hour));
const describedAs = (...rooms: (number | null)[]) =>
  activitiesOf(
    rooms.map((roomId) => talk('Tutorial', { roomId })),
    context,
  )[0]?.description;

describe('activities', () => {
  test('are made of the six types, however they are written', () => {
    const written = [
      'tutorial',
      'WORKSHOP',
      'Lightning Talks',
      'lightning-talk',
      'Sprints',
      'summit',
      'Open_Space',
    ];
    expect(written.map(activityTypeOf)).toEqual([
      'tutorial',
      'workshop',
      'lightning_talk',
      'lightning_talk',
      'sprint',
      'summit',
      'open_space',
    ]);
    for (const other of ['Talk', 'Keynote', 'Tutorial speaker', '']) expect(activityTypeOf(other)).toBeNull();
  });

  test.each(['en', 'de'])('are known by the English name of the type too, in an event in %s', (locale) => {
    const types = recorded('democon/1-v1.0/v2-organiser', 'submission-types').map((wire) =>
      submissionTypeRow(wire, { locale }),
    );
    const rows = activitiesOf(
      types.map(({ name }) => talk(name)),
      { ...context, types },
    );
    expect(rows.map((row) => row.activityType).sort()).toEqual([
      'lightning_talk',
      'open_space',
      'sprint',
      'summit',
      'tutorial',
      'workshop',
    ]);
    const openSpace = rows.find((row) => row.activityType === 'open_space');
    expect(openSpace).toMatchObject(
      locale === 'de'
        ? { submissionType: 'Offener Raum', name: 'Offener Raums', slug: 'offener-raum' }
        : { submissionType: 'Open space', name: 'Open spaces', slug: 'open-space' },
    );
  });

  test('say how many talks there are, and where', () => {
    expect(describedAs(1)).toBe('1 talk in Forum Hall');
    expect(describedAs(1, 1, null)).toBe('3 talks in Forum Hall');
    expect(describedAs(1, 2)).toBe('2 talks across 2 rooms');
    expect(describedAs(2, 3, 3, null)).toBe('4 talks across 2 rooms');
    expect(describedAs(null)).toBe('1 talk');
    expect(describedAs(null, null)).toBe('2 talks');
  });

  test('last from their first start to their last end, in the room that they share', () => {
    const [shared] = activitiesOf(
      [
        talk('Sprint', { roomId: 1, slotStart: at(12), slotEnd: at(13) }),
        talk('Sprint', { roomId: 1, slotStart: at(9), slotEnd: at(17) }),
        talk('Sprint'),
      ],
      context,
    );
    expect(shared).toMatchObject({ startAt: at(9), endAt: at(17), roomId: 1 });
    const [apart] = activitiesOf([talk('Sprint', { roomId: 2 }), talk('Sprint', { roomId: 3 })], context);
    expect(apart).toMatchObject({ startAt: null, endAt: null, roomId: null });
  });

  test('are linked to accepted and confirmed talks, and go with the last one', () => {
    const talks = [
      talk('Summit', { state: 'canceled', roomId: 2 }),
      talk('Summit', { state: 'confirmed', roomId: 1 }),
      talk('Summit', { state: 'accepted', roomId: 1 }),
    ];
    const [row] = activitiesOf(talks, context);
    expect(row).toMatchObject({
      talkIds: [talks[1]?.id, talks[2]?.id],
      description: '2 talks in Forum Hall',
    });
    expect(activitiesOf(talks.slice(0, 1), context)).toEqual([]);
  });

  test('have a slug each, and one given once stays', () => {
    const talks = [talk('Lightning talk'), talk('Lightning-Talk'), talk('lightning talk')];
    const slugs = (known: [string, string][]) =>
      activitiesOf(talks, { ...context, slugs: new Map(known) }).map((row) => [row.submissionType, row.slug]);
    expect(slugs([])).toEqual([
      ['Lightning talk', 'lightning-talk'],
      ['Lightning-Talk', 'lightning-talk-2'],
      ['lightning talk', 'lightning-talk-3'],
    ]);
    expect(slugs([['lightning talk', 'lightning-talk']])).toEqual([
      ['Lightning talk', 'lightning-talk-2'],
      ['Lightning-Talk', 'lightning-talk-3'],
      ['lightning talk', 'lightning-talk'],
    ]);
    expect(
      slugs([
        ['Lightning talk', 'flash'],
        ['Sprint', 'lightning-talk'],
      ])[0],
    ).toEqual(['Lightning talk', 'flash']);
  });

  test('of a type whose name has no Latin letters have a slug all the same', () => {
    const types = [{ name: '講習会', nameI18n: { ja: '講習会', en: 'Tutorial' } }];
    expect(activitiesOf([talk('講習会')], { ...context, types })[0]).toMatchObject({
      name: '講習会s',
      slug: 'tutorial',
    });
  });
});
