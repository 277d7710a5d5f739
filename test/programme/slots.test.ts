import { describe, expect, test } from 'vitest';
import type { WireSlot } from '../../src/pretalx/wire.ts';
import { type SlotContext, slotRows, slotType } from '../../src/programme/slots.ts';
import { facts, recorded } from './recordings.ts';

const context: SlotContext = {
  locale: 'en',
  talkTitles: new Map(),
  roomNames: new Map([[101, 'Forum Hall']]),
};

const slot = (changes: Partial<WireSlot> = {}): WireSlot => ({
  id: 1,
  room: 101,
  start: '2026-07-15T09:30:00+02:00',
  end: '2026-07-15T10:00:00+02:00',
  submission: null,
  description: null,
  ...changes,
});

const rowOf = (changes: Partial<WireSlot>, changed: Partial<SlotContext> = {}) =>
  slotRows([slot(changes)], { ...context, ...changed }).rows[0];

describe('the kind of a slot', () => {
  const kind = (description: WireSlot['description'], submission: string | null = null) =>
    slotType({ submission, description });

  test('with a submission is a talk, whatever it says', () => {
    expect(kind({ en: 'Lunch break' }, 'ABC')).toBe('talk');
  });

  test('is a break when any of its languages says so, or when it says nothing', () => {
    expect(kind({ en: 'Coffee BREAK ☕' })).toBe('break');
    expect(kind({ de: 'Mittagessen', en: 'Lunch' })).toBe('break');
    expect(kind({ de: 'Mittagessen', cs: 'Lunchtime' })).toBe('break');
    for (const silent of [null, undefined, {}, { en: '' }, { de: ' \n' }]) expect(kind(silent)).toBe('break');
  });

  test('is social on social or party, in any language too', () => {
    expect(kind({ de: 'Abends', en: 'Social event' })).toBe('social');
    expect(kind({ de: 'Geburtstagsparty' })).toBe('social');
    expect(kind({ en: 'Party break' })).toBe('break');
  });

  test('is other otherwise, even where pretalx calls it a break', () => {
    expect(kind({ en: 'Registration opens' })).toBe('other');
    expect(rowOf({ description: { de: 'Einlass' }, ...{ slot_type: 'break' } })?.slotType).toBe('other');
  });
});

describe('the title of a slot', () => {
  const talkTitles = new Map([['ABC', 'My talk']]);

  test("is its own in the event's language, else its talk's, else the code", () => {
    const description = { de: 'Eigener Titel', en: 'Own title' };
    expect(rowOf({ submission: 'ABC', description }, { locale: 'de', talkTitles })).toMatchObject({
      title: 'Eigener Titel',
      titleI18n: description,
    });
    expect(rowOf({ submission: 'ABC' }, { talkTitles })).toMatchObject({ title: 'My talk', titleI18n: null });
    expect(rowOf({ submission: 'ABC', description: { en: '' } }, { talkTitles })?.title).toBe('My talk');
    expect(rowOf({ submission: 'ABC' }, { talkTitles: new Map([['ABC', '']]) })?.title).toBe('ABC');
    expect(rowOf({ submission: 'XYZ' }, { talkTitles })).toMatchObject({
      title: 'XYZ',
      submissionCode: 'XYZ',
    });
  });

  test('is empty for a break that says nothing', () => {
    expect(rowOf({})).toMatchObject({ title: '', slotType: 'break' });
  });
});

describe('a slot', () => {
  test('without room and times is a talk not yet placed: counted, not mirrored', () => {
    const result = slotRows([slot({ submission: 'ABC', room: null, start: null, end: null })], context);
    expect(result).toEqual({ rows: [], unscheduled: 1, skipped: 0, warnings: [] });
  });

  test('with times that can not be used is left out with a warning that names it', () => {
    const unusable = [
      slot({ submission: 'ABC', start: null, end: null }),
      slot({ submission: 'ABC', end: null }),
      slot({ submission: 'ABC', start: '2026-07-15T09:30:00' }),
      slot({ submission: 'ABC', start: 'soon' }),
      slot({ submission: 'ABC', end: '2026-07-15T09:30:00+02:00' }),
      slot({ submission: 'ABC', end: '2026-07-15T09:00:00+02:00' }),
      slot({ submission: 'ABC', room: null, start: null }),
    ];
    const result = slotRows([...unusable, slot()], context);
    expect(result).toMatchObject({ skipped: 7, unscheduled: 0 });
    expect(result.rows).toHaveLength(1);
    expect(result.warnings[0]).toBe(
      "The slot ABC in Forum Hall was left out, because its times can't be used: start missing, end missing.",
    );
    expect(
      slotRows([slot({ description: { en: 'Lunch' }, room: null, start: 'soon' })], context).warnings,
    ).toEqual([
      `The slot "Lunch" without a room was left out, because its times can't be used: start soon, end 2026-07-15T10:00:00+02:00.`,
    ]);
  });

  test('with times but no room is kept without a room', () => {
    expect(rowOf({ submission: 'ABC', room: null })).toMatchObject({ roomPretalxId: null, slotType: 'talk' });
  });

  test('may pass midnight and the end of summer time', () => {
    const row = rowOf({ start: '2026-10-24T21:00:00-04:00', end: '2026-11-01T02:00:00-05:00' });
    expect(row?.endMs).toBe(Date.UTC(2026, 10, 1, 7));
  });

  test('is visible for readers who are not told otherwise: they get visible ones only', () => {
    expect(rowOf({})?.isVisible).toBe(true);
    expect(rowOf({ is_visible: false })?.isVisible).toBe(false);
  });
});

describe('the slots of every recorded release', () => {
  test.each(['1-v1.0', '2-wip', '3-v1.1', '4-v1.2', '5-v2.0'])('%s are those that pretalx counts', (step) => {
    const released = facts.steps[step]?.counts.released;
    const { rows, unscheduled, skipped } = slotRows(
      recorded(`democon/${step}/v2-organiser`, 'slots'),
      context,
    );
    expect({ unscheduled, skipped }).toEqual({ unscheduled: released?.unscheduled, skipped: 0 });
    expect(rows.filter((row) => row.isVisible)).toHaveLength(released?.visible ?? -1);
    expect(rows.filter((row) => row.submissionCode)).toHaveLength(released?.submission_slots_scheduled ?? -1);
    expect(rows.filter((row) => !row.submissionCode)).toHaveLength(released?.breaks ?? -1);
  });

  test('look the same to anonymous readers, except for what is hidden', () => {
    const organiser = slotRows(recorded('democon/1-v1.0/v2-organiser', 'slots'), context).rows;
    const anonymous = slotRows(recorded('democon/1-v1.0/v2-anonymous', 'slots'), context).rows;
    expect(anonymous).toEqual(organiser.filter((row) => row.isVisible));
  });

  test('of pretalx 2025.2, which sends no slot_type, have the same kinds', () => {
    const { rows, unscheduled } = slotRows(recorded('democon-2025.2/1-v1.0/v1-organiser', 'slots'), context);
    expect(rows.filter((row) => row.slotType === 'break')).toHaveLength(3);
    expect(rows.filter((row) => row.isVisible)).toHaveLength(32);
    expect(rows.length + unscheduled).toBe(35);
  });
});
