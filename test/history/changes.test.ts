import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type Change,
  changesFeed,
  changesOf,
  describeChange,
  renderChanges,
} from '../../src/history/changes/index.ts';
import { textDiff } from '../../src/history/changes/text-diff.ts';
import { reconcileVersions } from '../../src/history/reconcile/index.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let db: TestDatabase;
const sql = (text: string) => db.database.sql.unsafe(text);
const DEMO = { id: 1 };

/** Changes the live tables and records it as one transaction; answers with the feed from there on. */
async function changed(change: string, options: { publicOnly?: boolean } = {}): Promise<Change[]> {
  const [time] = await sql('select clock_timestamp() as now from pg_sleep(0.002)');
  await sql(change);
  await reconcileVersions(db.database, { actor: 'organiser', delete: true });
  return changesOf(db.database.orm, DEMO, { since: new Date(time?.now), ...options });
}
const brief = (changes: Change[]) =>
  changes.map(({ entity, key, kind, from, to }) => ({ entity, key, kind, from, to }));
const span = (start: string, end: string) => ({
  start: `2026-07-15T${start}:00.000Z`,
  end: `2026-07-15T${end}:00.000Z`,
});

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  await sql(`
    truncate greenroom.conferences, greenroom.rooms, greenroom.rooms_versions, greenroom.talks, greenroom.talks_versions,
      greenroom.speakers, greenroom.speakers_versions, greenroom.talk_speakers, greenroom.talk_speakers_versions,
      greenroom.schedule_slots, greenroom.schedule_slots_versions, greenroom.overrides, greenroom.overrides_versions,
      greenroom.transactions restart identity cascade;
    insert into greenroom.conferences (slug, name) values ('demo', 'Demo');
    insert into greenroom.rooms (conference_id, content_hash, pretalx_id, name, name_i18n)
      values (1, '', 11, 'Hall A', '{}'), (1, '', 12, 'Hall B', '{}');
    insert into greenroom.speakers (conference_id, content_hash, pretalx_code, name, email, biography)
      values (1, '', 'ADA', 'Ada', 'ada@example.org', 'Counts.'), (1, '', 'BOB', 'Bob', 'bob@example.org', null);
    insert into greenroom.talks (conference_id, content_hash, pretalx_code, title, abstract, state, room_id, slot_start, slot_end)
      values (1, '', 'AAA', 'Opening', 'We begin at last.', 'confirmed', 1, '2026-07-15 10:00Z', '2026-07-15 10:30Z'),
             (1, '', 'BBB', 'Hidden', 'Not yet.', 'accepted', null, null, null);
    insert into greenroom.talk_speakers values (1, 1, 0), (2, 2, 0);
    insert into greenroom.schedule_slots (conference_id, content_hash, slot_key, talk_id, submission_code, room_id, title, start_at, end_at, slot_type, is_visible)
      values (1, '', 'AAA', 1, 'AAA', 1, 'Opening', '2026-07-15 10:00Z', '2026-07-15 10:30Z', 'talk', true),
             (1, '', 'break-1', null, null, 1, 'Coffee', '2026-07-15 10:30Z', '2026-07-15 11:00Z', 'break', true)`);
  await reconcileVersions(db.database, { actor: 'sync' });
});

describe('what changed', () => {
  test('a first sync is all new, each thing once', async () => {
    const changes = await changesOf(db.database.orm, DEMO);
    expect(
      changes.every((change) => change.kind === 'new' && change.from === null && change.to === null),
    ).toBe(true);
    expect(changes.map((change) => `${change.entity} ${change.key}`).sort()).toEqual([
      'room 11',
      'room 12',
      'slot break-1',
      'speaker ADA',
      'speaker BOB',
      'talk AAA',
      'talk BBB',
    ]);
    expect(changes[0]).toMatchObject({ run: null, actor: 'sync', at: expect.stringMatching(/^\d{4}-.*Z$/) });
  });

  test('is told in the same order wherever its versions are kept', async () => {
    const before = await changesOf(db.database.orm, DEMO);
    for (const table of [
      'rooms_versions',
      'speakers_versions',
      'talks_versions',
      'schedule_slots_versions',
    ]) {
      await sql(`with first as (delete from greenroom.${table} where id = 1 returning *)
                 insert into greenroom.${table} select * from first`);
    }
    expect(await changesOf(db.database.orm, DEMO)).toEqual(before);
  });

  test('a talk that moves is reported once, though its slot and its own place both change', async () => {
    const changes = await changed(`
      update greenroom.schedule_slots set start_at = '2026-07-15 11:00Z', end_at = '2026-07-15 11:30Z', room_id = 2 where slot_key = 'AAA';
      update greenroom.talks set slot_start = '2026-07-15 11:00Z', slot_end = '2026-07-15 11:30Z', room_id = 2 where pretalx_code = 'AAA'`);
    expect(brief(changes)).toEqual([
      { entity: 'talk', key: 'AAA', kind: 'moved', from: span('10:00', '10:30'), to: span('11:00', '11:30') },
      { entity: 'talk', key: 'AAA', kind: 'room', from: 'Hall A', to: 'Hall B' },
    ]);
    expect(changes[0]).toMatchObject({ minutes: 60 });
    expect(describeChange(changes[0] as Change, 'Europe/Berlin')).toBe(
      '“Opening” moved from Wed 15 Jul 12:00 to 13:00, 60 minutes later',
    );
    expect(describeChange(changes[1] as Change, 'UTC')).toBe('“Opening” moved from Hall A to Hall B');
  });

  test.each([
    ['10:01', '1 minute later'],
    ['11:59', '119 minutes later'],
    ['12:00', '2 hours later'],
    ['16:10', '6 hours and 10 minutes later'],
    ['08:00', '2 hours earlier'],
    ['2d 10:00', '2 days later'],
    ['2d 13:15', '2 days, 3 hours and 15 minutes later'],
  ])('a talk moved from 10:00 to %s begins %s', (to, words) => {
    const [time, day] = to.split(' ').reverse();
    const at = (date: number, clock: string) => ({ start: `2026-07-${date}T${clock}:00.000Z`, end: null });
    const moved: Change = {
      entity: 'talk',
      key: 'AAA',
      kind: 'moved',
      title: 'Opening',
      from: at(15, '10:00'),
      to: at(day ? 17 : 15, time as string),
      at: '2026-07-01T00:00:00.000Z',
      run: null,
      actor: null,
    };
    expect(describeChange(moved, 'UTC').split(', ').slice(1).join(', ')).toBe(words);
  });

  test('a talk held twice moves once a slot', async () => {
    await changed(`insert into greenroom.schedule_slots (conference_id, content_hash, slot_key, talk_id, submission_code, room_id, title, start_at, end_at, slot_type, is_visible)
      values (1, '', 'AAA#2', 1, 'AAA', 2, 'Opening', '2026-07-15 15:00Z', '2026-07-15 15:30Z', 'talk', true)`);
    const changes = await changed(
      `update greenroom.schedule_slots set start_at = '2026-07-15 16:00Z', end_at = '2026-07-15 16:30Z' where slot_key = 'AAA#2'`,
    );
    expect(brief(changes)).toEqual([
      { entity: 'talk', key: 'AAA', kind: 'moved', from: span('15:00', '15:30'), to: span('16:00', '16:30') },
    ]);
  });

  test('cancelled by state or by removal, and back again', async () => {
    expect(
      brief(await changed(`update greenroom.talks set state = 'canceled' where pretalx_code = 'AAA'`)),
    ).toEqual([{ entity: 'talk', key: 'AAA', kind: 'cancelled', from: null, to: null }]);
    expect(await changed(`update greenroom.talks set removed_at = now() where pretalx_code = 'AAA'`)).toEqual(
      [],
    );
    expect(
      brief(
        await changed(
          `update greenroom.talks set removed_at = null, state = 'confirmed' where pretalx_code = 'AAA'`,
        ),
      ),
    ).toEqual([{ entity: 'talk', key: 'AAA', kind: 'back', from: null, to: null }]);
  });

  test.each(['withdrawn', 'rejected'])('a talk that was announced and is %s is cancelled', async (state) => {
    expect(
      brief(await changed(`update greenroom.talks set state = '${state}' where pretalx_code = 'AAA'`)),
    ).toEqual([{ entity: 'talk', key: 'AAA', kind: 'cancelled', from: null, to: null }]);
  });

  test('titles, texts and speakers with their old and new values', async () => {
    const changes = await changed(`
      update greenroom.talks set title = 'Welcome', abstract = 'We begin now.' where pretalx_code = 'AAA';
      insert into greenroom.talk_speakers values (1, 2, 1)`);
    expect(brief(changes)).toEqual([
      { entity: 'talk', key: 'AAA', kind: 'title', from: 'Opening', to: 'Welcome' },
      { entity: 'talk', key: 'AAA', kind: 'speakers', from: ['Ada'], to: ['Ada', 'Bob'] },
      { entity: 'talk', key: 'AAA', kind: 'text', from: 'We begin at last.', to: 'We begin now.' },
    ]);
    expect(changes[2]).toMatchObject({ field: 'abstract', diff: 'We begin [-at last-]{+now+}.' });
    expect(renderChanges(changes, 'UTC')).toContain('{+now+}');
    expect(renderChanges(changes, 'Mars/Olympus')).toBe(renderChanges(changes, 'UTC'));
  });

  test('whose speakers changed is still told when the talk is gone', async () => {
    const told = await changed('insert into greenroom.talk_speakers values (1, 2, 1)');
    expect(brief(told)).toMatchObject([{ kind: 'speakers', from: ['Ada'], to: ['Ada', 'Bob'] }]);
    await changed(`delete from greenroom.talks where pretalx_code = 'AAA'`);
    expect(await changesOf(db.database.orm, DEMO)).toContainEqual(told[0]);
  });

  test('slots without a talk, rooms and speakers are themselves', async () => {
    const changes = await changed(`
      update greenroom.schedule_slots set end_at = '2026-07-15 11:15Z', title = 'Tea' where slot_key = 'break-1';
      update greenroom.rooms set name = 'Main hall' where pretalx_id = 11;
      update greenroom.speakers set biography = 'Counts well.' where pretalx_code = 'ADA'`);
    expect(brief(changes)).toEqual([
      { entity: 'room', key: '11', kind: 'title', from: 'Hall A', to: 'Main hall' },
      { entity: 'speaker', key: 'ADA', kind: 'text', from: 'Counts.', to: 'Counts well.' },
      { entity: 'slot', key: 'break-1', kind: 'title', from: 'Coffee', to: 'Tea' },
      {
        entity: 'slot',
        key: 'break-1',
        kind: 'moved',
        from: span('10:30', '11:00'),
        to: span('10:30', '11:15'),
      },
    ]);
    expect(brief(await changed(`delete from greenroom.schedule_slots where slot_key = 'break-1'`))).toEqual([
      { entity: 'slot', key: 'break-1', kind: 'cancelled', from: null, to: null },
    ]);
  });

  test('a correction is a change for those who read the programme', async () => {
    const override = (field: string, value: string) =>
      changed(
        `insert into greenroom.overrides (conference_id, entity, key, field, value, set_by) values (1, 'talk', 'AAA', '${field}', '${value}', 'me')`,
      );
    expect(brief(await override('title', '"Hello"'))).toEqual([
      { entity: 'talk', key: 'AAA', kind: 'title', from: 'Opening', to: 'Hello' },
    ]);
    expect(brief(await override('room', '12'))).toEqual([
      { entity: 'talk', key: 'AAA', kind: 'room', from: 'Hall A', to: 'Hall B' },
    ]);
    expect(brief(await override('is_cancelled', 'true'))).toEqual([
      { entity: 'talk', key: 'AAA', kind: 'cancelled', from: null, to: null },
    ]);
    expect(brief(await changed(`delete from greenroom.overrides`))).toEqual([
      { entity: 'talk', key: 'AAA', kind: 'back', from: null, to: null },
    ]);
  });

  test('a correction of a talk is none where its slot has one, and goes to the slot that upstream has first', async () => {
    const override = (entity: string, field: string, value: string) =>
      `insert into greenroom.overrides (conference_id, entity, key, field, value, set_by)
       values (1, '${entity}', 'AAA', '${field}', '"2026-07-15T${value}:00Z"', 'me');`;
    await changed(`insert into greenroom.schedule_slots
        (conference_id, content_hash, slot_key, talk_id, submission_code, room_id, title, start_at, end_at, slot_type, is_visible)
      values (1, '', 'AAA#2', 1, 'AAA', 1, 'Opening', '2026-07-15 12:00Z', '2026-07-15 12:30Z', 'talk', true)`);
    const moved = await changed(override('slot', 'start_at', '14:00') + override('slot', 'end_at', '14:30'));
    expect(brief(moved)).toMatchObject([{ kind: 'moved', to: span('14:00', '14:30') }]);
    const before = await sql('select slot_key, start_at, room_id from greenroom.effective_slots order by 1');
    const hidden = await changed(
      override('talk', 'slot_start', '16:00') + override('talk', 'slot_end', '16:30'),
    );
    expect(await sql('select slot_key, start_at, room_id from greenroom.effective_slots order by 1')).toEqual(
      before,
    );
    expect(brief(hidden)).toEqual([]);
    const room =
      await changed(`insert into greenroom.overrides (conference_id, entity, key, field, value, set_by)
      values (1, 'talk', 'AAA', 'room', '12', 'me')`);
    expect(brief(room)).toMatchObject([{ kind: 'room', from: 'Hall A', to: 'Hall B' }]);
  });

  test.each([
    { entity: 'talk', key: 'AAA', field: 'abstract', upstream: 'We begin at last.' },
    { entity: 'speaker', key: 'ADA', field: 'biography', upstream: 'Counts.' },
  ])(
    'a correction is told with the text of upstream: $entity, $field',
    async ({ entity, key, field, upstream }) => {
      const text = (from: string | null, to: string | null) => [{ entity, key, kind: 'text', from, to }];
      const set = (value: string) => changed(`update greenroom.overrides set value = '${value}'`);
      const override = (value: string) =>
        changed(
          `insert into greenroom.overrides (conference_id, entity, key, field, value, set_by) values (1, '${entity}', '${key}', '${field}', '${value}', 'me')`,
        );
      expect(brief(await override('"Better."'))).toEqual(text(upstream, 'Better.'));
      expect(brief(await set('""'))).toEqual(text('Better.', ''));
      expect(brief(await set('null'))).toEqual([]);
      expect(brief(await changed(`delete from greenroom.overrides`))).toEqual(text(null, upstream));
      expect(brief(await override('""'))).toEqual(text(upstream, ''));
    },
  );

  test('the steps of one run are one change', async () => {
    await sql(
      `insert into greenroom.talks (conference_id, content_hash, pretalx_code, title, state) values (1, '', 'CCC', 'New one', 'confirmed')`,
    );
    await reconcileVersions(db.database, { actor: 'sync' });
    await sql(
      `update greenroom.talks set room_id = 1, slot_start = '2026-07-15 12:00Z' where pretalx_code = 'CCC'`,
    );
    await reconcileVersions(db.database, { actor: 'sync' });
    const run = '0199aaaa-0000-7000-8000-000000000000';
    await sql(`update greenroom.transactions set run_id = '${run}', conference_id = 1 where id > 1`);
    expect(brief(await changesOf(db.database.orm, DEMO, { run }))).toEqual([
      { entity: 'talk', key: 'CCC', kind: 'new', from: null, to: null },
    ]);
  });

  test('what somebody changes between the steps of a run is told once, as theirs', async () => {
    await changed(`update greenroom.rooms set name = 'Hall C' where pretalx_id = 11`);
    await changed(`update greenroom.talks set title = 'Welcome' where pretalx_code = 'AAA'`);
    await changed(`update greenroom.rooms set name = 'Hall D' where pretalx_id = 12`);
    const run = '01983000-0000-7000-8000-000000000000';
    await sql(`update greenroom.transactions set run_id = '${run}', conference_id = 1 where id in (2, 4)`);
    const changes = (await changesOf(db.database.orm, DEMO)).slice(-3);
    expect(changes.map((change) => [change.run, change.kind, change.to])).toEqual([
      [null, 'title', 'Welcome'],
      [run, 'title', 'Hall C'],
      [run, 'title', 'Hall D'],
    ]);
    expect(await changesOf(db.database.orm, DEMO, { run })).toHaveLength(2);
  });

  test('another conference has its own', async () => {
    await sql(`insert into greenroom.conferences (slug, name) values ('other', 'Other')`);
    expect(await changesOf(db.database.orm, { id: 2 })).toEqual([]);
  });
});

describe('what the public sees', () => {
  test('nothing of talks that were never public, no e-mail, no actor', async () => {
    const all = await changesOf(db.database.orm, DEMO, { publicOnly: true });
    expect(all.map((change) => change.key).sort()).toEqual(['11', '12', 'AAA', 'ADA', 'break-1']);
    expect(JSON.stringify(all)).not.toMatch(/@|Hidden|Not yet|"actor"/);
    expect(
      await changed(`update greenroom.talks set title = 'Still hidden' where pretalx_code = 'BBB'`, {
        publicOnly: true,
      }),
    ).toEqual([]);
  });

  test('a talk is new when it becomes visible, and gone when it is hidden', async () => {
    const slot = `insert into greenroom.schedule_slots (conference_id, content_hash, slot_key, talk_id, submission_code, room_id, title, start_at, end_at, slot_type, is_visible)
      values (1, '', 'BBB', 2, 'BBB', 2, 'Hidden', '2026-07-15 15:00Z', '2026-07-15 15:30Z', 'talk', true)`;
    const ofTalks = (changes: Change[]) => brief(changes).filter((change) => change.entity === 'talk');
    const hide = (visible: boolean) =>
      `update greenroom.schedule_slots set is_visible = ${visible} where slot_key = 'BBB'`;
    const publicOnly = { publicOnly: true };
    expect(ofTalks(await changed(slot, publicOnly))).toMatchObject([{ key: 'BBB', kind: 'new' }]);
    expect(ofTalks(await changed(hide(false), publicOnly))).toMatchObject([
      { key: 'BBB', kind: 'cancelled' },
    ]);
    expect(ofTalks(await changed(hide(true), publicOnly))).toMatchObject([{ key: 'BBB', kind: 'back' }]);
  });

  test('a talk that is off the timetable is gone, not cancelled; those who run the programme see it unplaced', async () => {
    const unplaced = await changed(`update greenroom.schedule_slots set is_visible = false where talk_id = 1;
      update greenroom.talks set room_id = null, slot_start = null, slot_end = null where pretalx_code = 'AAA'`);
    expect(brief(unplaced)).toMatchObject([
      { key: 'AAA', kind: 'moved', to: null },
      { key: 'AAA', kind: 'room', to: null },
    ]);
    const since = new Date(Date.parse(unplaced[0]?.at ?? '') - 1);
    const inPublic = await changesOf(db.database.orm, DEMO, { since, publicOnly: true });
    expect(inPublic.map((change) => describeChange(change, 'UTC'))).toEqual([
      'No longer in the programme: “Opening”',
    ]);
    const withdrawn = await changed(
      `update greenroom.talks set state = 'withdrawn' where pretalx_code = 'AAA'`,
    );
    expect(withdrawn.map((change) => describeChange(change, 'UTC'))).toEqual(['Cancelled: “Opening”']);
  });
});

describe('as people read it', () => {
  test('a text shows what went and what came, the rest shortened', () => {
    const long = 'word '.repeat(50);
    expect(textDiff(`${long}old end`, `${long}new end`)).toMatch(/^… .*\[-old-\]\{\+new\+\} end$/);
  });

  test('an Atom feed, newest first, well formed whatever the titles are', async () => {
    const changes = await changed(
      `update greenroom.talks set title = 'A < B & "C"' || chr(7) where pretalx_code = 'AAA'`,
    );
    const options = {
      slug: 'demo',
      name: 'Demo & co',
      url: 'https://example.org/changes.atom',
      timezone: 'UTC',
    };
    const feed = changesFeed(changes, options);
    expect(feed).toContain('<title>Changes of Demo &amp; co</title>');
    expect(feed).toContain('A &lt; B &amp; &quot;C&quot;\uFFFD');
    expect(feed.match(/<entry>/g)).toHaveLength(1);
    expect(changesFeed(changes, options)).toBe(feed);
  });
});
