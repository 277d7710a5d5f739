import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { Item } from '../../src/demo/replay/recordings.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

let mirror: Mirror;
afterEach(() => mirror.close());

/** What happens to a conference between two syncs. The numbers pick the item; many are out of range and wrap. */
type Mutation = { kind: keyof typeof mutations; pick: number; amount: number };

const at = (items: Item[], pick: number) => items[pick % items.length] as Item;
const replaced = (items: Item[], item: Item, change: Item) =>
  items.map((other) => (other === item ? { ...item, ...change } : other));
const shifted = (time: unknown, minutes: number) =>
  typeof time === 'string'
    ? new Date(Date.parse(time) + minutes * 60_000).toISOString().replace('.000Z', '+00:00')
    : time;
const placed = (slots: Item[]) => slots.filter((slot) => slot.start !== null);

const mutations = {
  renameRoom: ({ pick, amount }: Mutation) =>
    mirror.upstream.edit('rooms', (rooms) =>
      replaced(rooms, at(rooms, pick), { name: { en: `Room ${amount}` } }),
    ),
  renameTalk: ({ pick, amount }: Mutation) =>
    mirror.upstream.edit('submissions', (items) =>
      replaced(items, at(items, pick), { title: `Title ${amount}` }),
    ),
  renameSpeaker: ({ pick, amount }: Mutation) =>
    mirror.upstream.edit('speakers', (items) => replaced(items, at(items, pick), { name: `Name ${amount}` })),
  changeState: ({ pick, amount }: Mutation) =>
    mirror.upstream.edit('submissions', (items) =>
      replaced(items, at(items, pick), {
        state: ['confirmed', 'accepted', 'canceled', 'withdrawn', 'rejected'][amount % 5],
      }),
    ),
  swapSpeakers: ({ pick, amount }: Mutation) =>
    mirror.upstream.edit('submissions', (items) =>
      replaced(items, at(items, pick), {
        speakers: [...(at(items, amount).speakers as string[]), ...(at(items, pick).speakers as string[])],
      }),
    ),
  deleteTalk: ({ pick }: Mutation) => {
    let code: unknown;
    mirror.upstream.edit('submissions', (items) => {
      code ??= at(items, pick).code;
      return items.filter((item) => item.code !== code);
    });
    mirror.upstream.edit('slots', (slots) => slots.filter((slot) => slot.submission !== code));
  },
  moveSlot: ({ pick, amount }: Mutation) =>
    release((slots) => {
      const slot = at(placed(slots), pick);
      return replaced(slots, slot, { start: shifted(slot.start, amount), end: shifted(slot.end, amount) });
    }),
  swapRooms: ({ pick, amount }: Mutation) =>
    release((slots) => {
      const [a, b] = [at(placed(slots), pick), at(placed(slots), amount)];
      return a === b ? slots : replaced(replaced(slots, a, { room: b.room }), b, { room: a.room });
    }),
  unschedule: ({ pick }: Mutation) =>
    release((slots) =>
      replaced(slots, at(placed(slots), pick), { start: null, end: null, room: null, is_visible: false }),
    ),
  holdTwice: ({ pick, amount }: Mutation) =>
    release((slots) => {
      const slot = at(placed(slots), pick);
      return [
        ...slots,
        {
          ...slot,
          id: 1e9 + releases * 1e6,
          start: shifted(slot.start, 1440 + amount),
          end: shifted(slot.end, 1440 + amount),
        },
      ];
    }),
  releaseUnchanged: () => release((slots) => slots),
};

let releases = 0;
function release(change: (slots: Item[]) => Item[]): void {
  releases += 1;
  mirror.upstream.release(`r${releases}`, change);
}

test('a plan is what the sync does, the mirror then equals upstream, and a second sync changes nothing', async () => {
  mirror = await mirrorOf({ env: { GREENROOM_GUARD_ENABLED: 'false' } });
  await mirror.sync();
  const mutation = fc.record<Mutation>({
    kind: fc.constantFrom(...(Object.keys(mutations) as (keyof typeof mutations)[])),
    pick: fc.nat(500),
    amount: fc.nat(300),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 6 }), async (list) => {
      for (const m of list) mutations[m.kind](m);
      const plan = await mirror.plan();
      const keysBefore = await slotKeys();
      const result = await mirror.sync();
      expect(plan.result).toEqual(result);
      expect(plan.keys.schedule_slots.added).toHaveLength(result.changes.schedule_slots.added);
      await expectMirrorToEqualUpstream();
      const keysAfter = await slotKeys();
      for (const [key, content] of keysAfter) {
        const before = [...keysBefore].filter(([, other]) => other === content);
        const after = [...keysAfter].filter(([, other]) => other === content);
        if (before.length === 1 && after.length === 1) expect(key).toBe(before[0]?.[0]);
      }
      const again = await mirror.sync();
      for (const counts of Object.values(again.changes))
        expect(counts).toMatchObject({ added: 0, changed: 0, removed: 0 });
    }),
    { numRuns: 12, endOnFailure: true },
  );
}, 240_000);

/** Keys with what is held there: a slot that stays as it is keeps its key. */
async function slotKeys(): Promise<Map<string, string>> {
  const rows = await mirror.db.execute<{ slot_key: string; content: string }>(
    sql`select slot_key, concat_ws(' ', submission_code, room_id, start_at, end_at, is_visible, title, title_i18n) as content from greenroom.schedule_slots`,
  );
  return new Map(rows.map((row) => [row.slot_key, row.content]));
}

async function asked(path: string): Promise<{ id: number; results: Item[] }> {
  const { url, slug } = mirror.upstream;
  const response = await fetch(`${url}/api/events/${slug}/${path}`, {
    headers: { authorization: `Token ${mirror.upstream.token('organiser')}`, 'pretalx-version': 'v2' },
  });
  return (await response.json()) as { id: number; results: Item[] };
}

/** Compared with what the server holds, by rules written anew here. */
async function expectMirrorToEqualUpstream(): Promise<void> {
  const [rooms, speakers, submissions, latest] = await Promise.all([
    asked('rooms/'),
    asked('speakers/?page_size=250'),
    asked('submissions/?page_size=250'),
    asked('schedules/latest/'),
  ]);
  const slots = await asked(`slots/?page_size=250&schedule=${latest.id}`);
  const query = async (text: string) => Array.from(await mirror.db.execute(sql.raw(text)));
  const shown = new Set(slots.results.filter((slot) => slot.is_visible).map((slot) => slot.submission));
  const mirrored = submissions.results.filter(
    (item) => ['accepted', 'confirmed'].includes(String(item.state)) || shown.has(item.code),
  );
  expect(
    await query('select pretalx_id as id from greenroom.rooms where removed_at is null order by 1'),
  ).toEqual(rooms.results.map(({ id }) => ({ id })).sort((a, b) => Number(a.id) - Number(b.id)));
  expect(
    await query(
      'select pretalx_code as code, name from greenroom.speakers where removed_at is null order by pretalx_code collate "C"',
    ),
  ).toEqual(
    sortedBy(
      speakers.results.map(({ code, name }) => ({ code, name })),
      ({ code }) => String(code),
    ),
  );
  expect(
    await query(`select pretalx_code as code, title, state, coalesce((select json_agg(s.pretalx_code order by l.position) from greenroom.talk_speakers l
                   join greenroom.speakers s on s.id = l.speaker_id where l.talk_id = t.id), '[]') as speakers
                   from greenroom.talks t where removed_at is null order by pretalx_code collate "C"`),
  ).toEqual(
    sortedBy(
      mirrored.map(({ code, title, state, speakers: codes }) => ({
        code,
        title,
        state,
        speakers: [...new Set(codes as string[])],
      })),
      ({ code }) => String(code),
    ),
  );
  const instants = (rows: Record<string, unknown>[]) =>
    rows
      .map(({ submission, room, start, end, visible }) =>
        [submission, room, Date.parse(String(start)), Date.parse(String(end)), visible].join(' '),
      )
      .sort();
  expect(
    instants(
      await query(`select submission_code as submission, r.pretalx_id as room, start_at as start, end_at as end, is_visible as visible
                     from greenroom.schedule_slots s left join greenroom.rooms r on r.id = s.room_id`),
    ),
  ).toEqual(
    instants(placed(slots.results).map(({ is_visible, ...slot }) => ({ ...slot, visible: is_visible }))),
  );
}

function sortedBy<T>(items: T[], key: (item: T) => string): T[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
