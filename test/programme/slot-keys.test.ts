import { describe, expect, test } from 'vitest';
import { assignSlotKeys, BREAK_MOVE_LIMIT_MS } from '../../src/programme/slot-keys.ts';

import { first, keys, keysAfter, MINUTE_MS, pause, session } from './slots-of-a-day.ts';

describe('keys of sessions', () => {
  test('are the code, and #2, #3 in order of time for further slots', () => {
    expect(
      keys(first([session('ABC', 1, 60), session('ABC', 2, 0), session('ABC', 1, 90), session('DEF', 1, 0)])),
    ).toEqual(['ABC#2', 'ABC', 'ABC#3', 'DEF']);
  });

  test('survive any move of a session held once', () => {
    expect(keysAfter([session('ABC', 1, 0)], [session('ABC', 7, 3 * 24 * 60)])).toEqual(['ABC']);
  });

  test('survive moves of one of two slots, even before the other', () => {
    const both = [session('ABC', 1, 0), session('ABC', 1, 120)];
    expect(keysAfter(both, [session('ABC', 1, 0), session('ABC', 1, -300)])).toEqual(['ABC', 'ABC#2']);
    expect(keysAfter(both, [session('ABC', 2, 0), session('ABC', 1, 120)])).toEqual(['ABC', 'ABC#2']);
    expect(keysAfter(both, [session('ABC', 1, 10), session('ABC', 1, 130)])).toEqual(['ABC', 'ABC#2']);
  });

  test('survive when the slot with the plain code goes: the other is not renamed', () => {
    const both = [session('ABC', 1, 0), session('ABC', 1, 120)];
    const left = assignSlotKeys(first(both), [session('ABC', 1, 120)]);
    expect(keys(left)).toEqual(['ABC#2']);
    expect(keys(assignSlotKeys(left, [session('ABC', 1, 120), session('ABC', 1, 240)]))).toEqual([
      'ABC#2',
      'ABC',
    ]);
  });

  test('stay with the room of slots at the same time, also when both have a new text', () => {
    const retitled = (room: number) => ({ ...session('ABC', room, 0), title: 'New' });
    expect(keysAfter([session('ABC', 1, 0), session('ABC', 2, 0)], [retitled(2), retitled(3)])).toEqual([
      'ABC#2',
      'ABC',
    ]);
  });

  test('survive when two sessions swap rooms or times', () => {
    const before = [session('ABC', 1, 0), session('DEF', 2, 60)];
    expect(keysAfter(before, [session('ABC', 2, 0), session('DEF', 1, 60)])).toEqual(['ABC', 'DEF']);
    expect(keysAfter(before, [session('ABC', 1, 60), session('DEF', 2, 0)])).toEqual(['ABC', 'DEF']);
  });
});

describe('keys of breaks', () => {
  test('tell where and when a break was first seen', () => {
    expect(
      keys(
        first([pause('Lunch', 101, 210), { ...pause('Party', 101, 600), roomId: null, slotType: 'social' }]),
      ),
    ).toEqual(['break:101:2026-07-15T12:30Z', 'social:-:2026-07-15T19:00Z']);
  });

  test('survive a new text, a small move and another room', () => {
    const key = keys(first([pause('Lunch', 101, 210)]));
    expect(keysAfter([pause('Lunch', 101, 210)], [pause('Lunch buffet', 101, 210)])).toEqual(key);
    expect(keysAfter([pause('Lunch', 101, 210)], [pause('Lunch', 101, 225)])).toEqual(key);
    expect(keysAfter([pause('Lunch', 101, 210)], [pause('Lunch', 102, 210)])).toEqual(key);
  });

  test('of identical breaks in parallel rooms stay with their rooms when all of them move', () => {
    const rooms = [101, 102, 103];
    const before = rooms.map((room) => pause('Lunch', room, 210));
    expect(keysAfter(before, rooms.map((room) => pause('Lunch', room, 225)).reverse())).toEqual(
      keys(first(before)).reverse(),
    );
    expect(keysAfter(before, [pause('Lunch', 103, 210)])).toEqual(['break:103:2026-07-15T12:30Z']);
  });

  test('of the same break on the next day are not taken for a move', () => {
    const day = 24 * 60;
    expect(keysAfter([pause('Lunch', 101, 0)], [pause('Lunch', 101, day)])).toEqual([
      'break:101:2026-07-16T09:00Z',
    ]);
    const limit = BREAK_MOVE_LIMIT_MS / MINUTE_MS;
    expect(keysAfter([pause('Lunch', 101, 0)], [pause('Lunch', 101, limit)])).toEqual([
      'break:101:2026-07-15T09:00Z',
    ]);
    expect(keysAfter([pause('Lunch', 101, 0)], [pause('Lunch', 101, limit + 1)])).not.toEqual([
      'break:101:2026-07-15T09:00Z',
    ]);
  });

  test('go with the text when a break makes room for another one', () => {
    const next = [pause('Announcements', 101, 0), pause('Coffee', 101, 30)];
    expect(keysAfter([pause('Coffee', 101, 0)], next)).toEqual([
      'break:101:2026-07-15T09:00Z#2',
      'break:101:2026-07-15T09:00Z',
    ]);
  });

  test('that look alike in the main language stay apart by the others', () => {
    const [x, y] = [
      { ...pause('Break', 1, 0), titleI18n: { en: 'Break', de: 'Pause' } },
      { ...pause('Break', 1, 0), titleI18n: { en: 'Break', de: 'Umbau' } },
    ];
    expect(keysAfter([x, y], [y, x])).toEqual(keys(first([x, y])).reverse());
  });
});
