import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignSlotKeys } from '../../src/programme/slot-keys.ts';
import { slotRows } from '../../src/programme/slots.ts';
import { facts, recorded } from './recordings.ts';
import { first, keys, keysAfter, MINUTE_MS, pause, session } from './slots-of-a-day.ts';

const anySlot = fc.oneof(
  fc
    .record({
      code: fc.constantFrom('A', 'B', 'A#2', 'C'),
      room: fc.integer({ min: 1, max: 3 }),
      step: fc.nat(40),
    })
    .map(({ code, room, step }) => session(code, room, step * 15)),
  fc
    .record({
      title: fc.constantFrom('Lunch', 'Coffee', ''),
      room: fc.integer({ min: 1, max: 3 }),
      step: fc.nat(40),
    })
    .map(({ title, room, step }) => pause(title, room, step * 15)),
);
const programme = fc.array(anySlot, { maxLength: 25 });

describe('for any programme', () => {
  test('keys are unique, whatever came before', () => {
    fc.assert(
      fc.property(programme, programme, (before, next) => {
        const result = keysAfter(before, next);
        expect(new Set(result).size).toBe(next.length);
      }),
    );
  });

  test('a second release that is the same in another order changes no key', () => {
    fc.assert(
      fc.property(programme, fc.infiniteStream(fc.nat()), (slots, random) => {
        const before = first(slots);
        const order = [...before]
          .map((slot) => ({ slot, at: random.next().value }))
          .sort((a, b) => a.at - b.at);
        const shuffled = order.map(({ slot: { slotKey: _, ...slot } }) => slot);
        const again = assignSlotKeys(before, shuffled);
        const fresh = first(shuffled);
        const text = (list: object[]) => list.map((slot) => JSON.stringify(slot)).sort();
        expect(text(again)).toEqual(text(before));
        expect(text(fresh)).toEqual(text(before));
      }),
    );
  });

  test('slots that stay as they are keep their keys while others move, come and go', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(anySlot, { maxLength: 25, selector: (slot) => JSON.stringify(slot) }),
        programme,
        (slots, others) => {
          const before = first(slots);
          const stay = before.filter((_, index) => index % 2 === 0);
          const known = new Set(stay.map((slot) => JSON.stringify({ ...slot, slotKey: '' })));
          const rest = others.filter((slot) => !known.has(JSON.stringify({ ...slot, slotKey: '' })));
          const result = assignSlotKeys(before, [...stay.map(({ slotKey: _, ...slot }) => slot), ...rest]);
          expect(keys(result.slice(0, stay.length))).toEqual(keys(stay));
        },
      ),
    );
  });

  test('sessions held once keep their keys through any moves and swaps', () => {
    const places = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(40)), {
      minLength: 8,
      maxLength: 8,
    });
    fc.assert(
      fc.property(places, places, (from, to) => {
        const sessions = (list: [number, number][]) =>
          list.map(([room, step], n) => session(`T${n}`, room, step * 15));
        expect(keysAfter(sessions(from), sessions(to))).toEqual(keys(first(sessions(from))));
      }),
    );
  });

  test('breaks far enough apart keep their keys through small moves of all of them', () => {
    const moves = fc.array(fc.integer({ min: -60, max: 60 }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(moves, (minutes) => {
        const breaks = (offsets: number[]) =>
          offsets.map((offset, n) => pause('Break', 1 + (n % 3), Math.floor(n / 3) * 180 + offset));
        const before = breaks(minutes.map(() => 0));
        expect(keysAfter(before, breaks(minutes))).toEqual(keys(first(before)));
      }),
    );
  });
});

describe('through all recorded releases', () => {
  const release = (step: string) =>
    slotRows(recorded(`democon/${step}/v2-organiser`, 'slots'), {
      locale: 'en',
      talkTitles: new Map(),
      roomNames: new Map(),
    }).rows.map((row) => ({ ...row, roomId: row.roomPretalxId }));

  test('only what came has a new key, and only what went has lost one, though pretalx gave every slot a new id', () => {
    let before = assignSlotKeys([], release('1-v1.0'));
    for (const step of ['3-v1.1', '4-v1.2', '5-v2.0']) {
      const next = assignSlotKeys(before, release(step));
      const [old, now] = [new Set(keys(before)), new Set(keys(next))];
      const diff = facts.steps[step]?.schedule_diff;
      expect(keys(next.filter((slot) => slot.isVisible && !old.has(slot.slotKey))).sort()).toEqual(diff?.new);
      const gone = keys(before.filter((slot) => slot.isVisible && !now.has(slot.slotKey)));
      expect(gone.sort()).toEqual(diff?.gone);
      before = next;
    }
  });

  test('a talk held twice and a break that moves five minutes stay the same slots', () => {
    const before = assignSlotKeys([], release('1-v1.0'));
    const next = assignSlotKeys(before, release('3-v1.1'));
    const movedFrom = (slot: { slotKey: string; startMs: number }) =>
      slot.startMs - (before.find((old) => old.slotKey === slot.slotKey)?.startMs ?? Number.NaN);
    const twice = next.filter((slot) => slot.submissionCode === 'WQKZ3P');
    expect(twice.map((slot) => [slot.slotKey, movedFrom(slot)])).toEqual([
      ['WQKZ3P', 0],
      ['WQKZ3P#2', 105 * MINUTE_MS],
    ]);
    const breaks = next.filter((slot) => !slot.submissionCode && movedFrom(slot) !== 0);
    expect(breaks.map(movedFrom)).toEqual([5 * MINUTE_MS]);
  });
});
