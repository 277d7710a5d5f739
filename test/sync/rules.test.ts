import { sql } from 'drizzle-orm';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { updateConference } from '../../src/conferences/conferences.ts';
import { removeConference } from '../../src/conferences/remove.ts';
import { submissionTypeDefaults } from '../../src/db/schema/index.ts';
import { ObsoleteJobError, PermissionError, ReleaseDisappearedError } from '../../src/errors.ts';
import { reconcileVersions } from '../../src/history/reconcile/index.ts';
import { followEvent } from '../../src/sync/event.ts';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

let mirror: Mirror;
beforeEach(async () => {
  mirror = await mirrorOf({});
});
afterEach(() => mirror.close());

type Rows = Record<string, unknown>[];
const query = async (text: string): Promise<Rows> => Array.from(await mirror.db.execute(sql.raw(text)));
const one = async (text: string) => (await query(text))[0];
const talk = (code: string) => one(`select * from greenroom.talks where pretalx_code = '${code}'`);

describe("a foreign key of the user's own table", () => {
  beforeEach(async () => {
    await mirror.sync();
    await query(`
      create table public.bookmarks (slot bigint constraint of_slot references greenroom.schedule_slots(id) on delete restrict);
      insert into public.bookmarks select id from greenroom.schedule_slots where slot_key = 'MWZY7K'`);
  });
  const refused =
    'Rows of public.bookmarks point at rows that are to be deleted, and its foreign key of_slot';

  test('on a slot that goes fails the sync with a sentence, for good, until it lets the slot go', async () => {
    mirror.upstream.edit('slots', (items) => items.filter((slot) => slot.submission !== 'MWZY7K'));
    const failure = await mirror.sync().catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: expect.stringContaining(refused), isTransient: false });
    await query(`alter table public.bookmarks drop constraint of_slot, add constraint of_slot
      foreign key (slot) references greenroom.schedule_slots(id) on delete cascade`);
    await mirror.sync();
    expect(await query('select * from public.bookmarks')).toEqual([]);
  });

  test('keeps a conference from being removed, with the same sentence', async () => {
    await expect(removeConference(mirror.test.database, (await mirror.conference()).slug)).rejects.toThrow(
      refused,
    );
  });
});

describe('talks', () => {
  test('edited by hand stay so, until their content hash is emptied', async () => {
    await mirror.sync();
    const upstreams = (await talk('Y8UPJV'))?.title;
    await query(`update greenroom.talks set title = 'By hand' where pretalx_code = 'Y8UPJV'`);
    await mirror.sync();
    expect((await talk('Y8UPJV'))?.title).toBe('By hand');
    await query(`update greenroom.talks set content_hash = '' where pretalx_code = 'Y8UPJV'`);
    expect((await mirror.sync()).changes.talks).toMatchObject({ changed: 1 });
    expect((await talk('Y8UPJV'))?.title).toBe(upstreams);
  });

  test('that are withdrawn keep their row with their last state, and lose room and times', async () => {
    await mirror.sync();
    await mirror.upstream.show('4-v1.2');
    await mirror.sync();
    expect(await talk('Y8UPJV')).toMatchObject({
      state: 'withdrawn',
      room_id: null,
      slot_start: null,
      placed_by: null,
    });
    expect((await talk('Y8UPJV'))?.removed_at).not.toBeNull();
  });

  test('cancelled after a release stay, with their new state, until the next release', async () => {
    await mirror.sync();
    await mirror.upstream.show('2-wip');
    await mirror.sync();
    expect(await talk('MEEKAR')).toMatchObject({
      state: 'canceled',
      removed_at: null,
      placed_by: 'schedule',
    });
    await mirror.upstream.show('3-v1.1');
    await mirror.sync();
    expect((await talk('MEEKAR'))?.removed_at).not.toBeNull();
  });

  test('that were only submitted or rejected never enter', async () => {
    await mirror.sync();
    expect(
      await query(`select from greenroom.talks where state not in ('accepted', 'confirmed')`),
    ).toHaveLength(0);
  });

  test('come back in the same row', async () => {
    await mirror.sync();
    const before = await talk('7BEREY');
    mirror.upstream.edit('submissions', (items) =>
      items.map((item) => (item.code === '7BEREY' ? { ...item, state: 'withdrawn' } : item)),
    );
    await mirror.sync();
    expect((await talk('7BEREY'))?.removed_at).not.toBeNull();
    mirror.upstream.edit('submissions', (items) =>
      items.map((item) => (item.code === '7BEREY' ? { ...item, state: 'confirmed' } : item)),
    );
    const result = await mirror.sync();
    expect(await talk('7BEREY')).toMatchObject({ id: before?.id, removed_at: null, state: 'confirmed' });
    expect(result.changes.talks).toMatchObject({ added: 1, changed: 0 });
  });

  test('that an earlier attempt found gone stay when they are back in the reading of this one', async () => {
    await mirror.sync();
    const before = await talk('WBXVAJ');
    mirror.upstream.edit('submissions', (items) => items.filter((item) => item.code !== 'WBXVAJ'));
    const result = await mirror.sync({
      readAnewBefore: 'schedule',
      beforeStep: async (step) => {
        if (step === 'schedule') await mirror.upstream.show('1-v1.0');
      },
    });
    expect(await talk('WBXVAJ')).toEqual(before);
    expect(result.changes.talks).toMatchObject({ removed: 0 });
  });

  test('that are gone in the reading of this attempt too are removed, whoever found them gone first', async () => {
    await mirror.sync();
    mirror.upstream.edit('submissions', (items) => items.filter((item) => item.code !== 'WBXVAJ'));
    const result = await mirror.sync({ readAnewBefore: 'schedule' });
    expect((await talk('WBXVAJ'))?.removed_at).not.toBeNull();
    expect(result.changes.talks).toMatchObject({ removed: 1 });
  });

  test('that slip between two pages of a listing stay, since the schedule shows them', async () => {
    await mirror.sync();
    const before = await talk('WBXVAJ');
    const slipped = (page: { results: { code: string }[] }) => ({
      ...page,
      results: page.results.map((item) => (item.code === 'WBXVAJ' ? { ...item, code: 'SLIPIN' } : item)),
    });
    mirror.upstream
      .on('/submissions/')
      .once()
      .change(slipped as never);
    const result = await mirror.sync();
    expect(await talk('WBXVAJ')).toEqual(before);
    expect(await talk('SLIPIN')).toBeUndefined();
    expect(result.changes.talks).toMatchObject({ added: 0, removed: 0 });
  });

  test('that are withdrawn say so at once, also while a slot still points at them', async () => {
    await mirror.sync();
    const edit = (state: string) =>
      mirror.upstream.edit('submissions', (items) =>
        items.map((item) => (item.code === 'WBXVAJ' ? { ...item, state } : item)),
      );
    mirror.upstream.edit('slots', (slots) =>
      slots.map((slot) => (slot.submission === 'WBXVAJ' ? { ...slot, is_visible: false } : slot)),
    );
    await mirror.sync();
    const before = await talk('WBXVAJ');
    edit('withdrawn');
    const result = await mirror.sync({ entities: ['talks'] });
    const { slot_start, room_id, placed_by } = before ?? {};
    expect(await talk('WBXVAJ')).toMatchObject({
      state: 'withdrawn',
      removed_at: null,
      slot_start,
      room_id,
      placed_by,
    });
    expect(result.changes.talks).toMatchObject({ changed: 1, removed: 0 });
    expect((await mirror.sync({ entities: ['talks'] })).changes.talks.changed).toBe(0);
    edit(String(before?.state));
    await mirror.sync({ entities: ['talks'] });
    expect(await talk('WBXVAJ')).toMatchObject({ state: before?.state, removed_at: null, slot_start });
  });

  test('have their speakers replaced as a set, in upstream order; unknown codes are dropped and counted', async () => {
    await mirror.sync();
    const speakers = () =>
      query(`select s.pretalx_code as code from greenroom.talk_speakers l join greenroom.speakers s on s.id = l.speaker_id
              join greenroom.talks t on t.id = l.talk_id where t.pretalx_code = 'MWZY7K' order by l.position`).then(
        (rows) => rows.map((row) => row.code),
      );
    const before = await speakers();
    expect(before).toHaveLength(5);
    mirror.upstream.edit('submissions', (items) =>
      items.map((item) =>
        item.code === 'MWZY7K' ? { ...item, speakers: [...before.slice(1).reverse(), 'NOBODY'] } : item,
      ),
    );
    const result = await mirror.sync();
    expect(await speakers()).toEqual(before.slice(1).reverse());
    expect(result.unknown_speakers).toBe(1);
    expect(result.changes.talks).toMatchObject({ changed: 1 });
  });

  test('keep what is mirrored of a field that the event’s settings hide, with one warning that names it', async () => {
    await mirror.sync();
    const before = await query('select pretalx_code, abstract, changed_at from greenroom.talks order by 1');
    mirror.upstream.edit('submissions', (items) => items.map(({ abstract: _, ...item }) => item));
    const result = await mirror.sync();
    expect(await query('select pretalx_code, abstract, changed_at from greenroom.talks order by 1')).toEqual(
      before,
    );
    expect(result.warnings.filter((warning) => warning.includes('abstract'))).toHaveLength(1);
    expect(result.changes.talks.changed).toBe(0);
  });

  test('keep their tags while tags can’t be read', async () => {
    await mirror.sync();
    const tagsOf = () => query('select pretalx_code, tags from greenroom.talks order by 1');
    const before = await tagsOf();
    mirror.upstream.refuse('tags', 403);
    const result = await mirror.sync();
    expect(await tagsOf()).toEqual(before);
    expect(result.warnings.join()).toContain('tags');
  });
});

describe('removals', () => {
  test('happen in the last step, so that nothing points at what is gone', async () => {
    await mirror.sync();
    await mirror.upstream.show('4-v1.2');
    const dangling = () =>
      query(`select 'slot' from greenroom.schedule_slots s join greenroom.rooms r on r.id = s.room_id where r.removed_at is not null
             union all select 'talk' from greenroom.talks t join greenroom.rooms r on r.id = t.room_id where r.removed_at is not null and t.removed_at is null
             union all select 'slot of talk' from greenroom.schedule_slots s join greenroom.talks t on t.id = s.talk_id where t.removed_at is not null
             union all select 'speaker' from greenroom.talk_speakers l join greenroom.speakers s on s.id = l.speaker_id where s.removed_at is not null`);
    await mirror.sync({
      beforeStep: async () => {
        expect(await dangling()).toEqual([]);
        expect(await one(`select removed_at from greenroom.rooms where pretalx_id = 107`)).toEqual({
          removed_at: null,
        });
      },
    });
    expect(await dangling()).toEqual([]);
    expect(
      (await one(`select removed_at from greenroom.rooms where pretalx_id = 107`))?.removed_at,
    ).not.toBeNull();
  });

  test('of a run of some entities leave what something still points at', async () => {
    await mirror.sync();
    mirror.upstream.edit('rooms', (rooms) => rooms.filter((room) => room.id !== 107 && room.id !== 106));
    await mirror.sync({ entities: ['rooms'] });
    expect(
      (await one('select removed_at from greenroom.rooms where pretalx_id = 107'))?.removed_at,
    ).not.toBeNull();
    expect(await one('select removed_at from greenroom.rooms where pretalx_id = 106')).toEqual({
      removed_at: null,
    });
  });
});

describe('what is gone', () => {
  test('takes the speaker of a talk that is gone along, and their link', async () => {
    await mirror.sync();
    const lone = await one(`
      select s.pretalx_code as speaker, t.pretalx_code as talk from greenroom.speakers s
        join greenroom.talk_speakers l on l.speaker_id = s.id join greenroom.talks t on t.id = l.talk_id
       where t.placed_by is not null
         and not exists (select from greenroom.talk_speakers o where o.speaker_id = s.id and o.talk_id <> t.id) limit 1`);
    mirror.upstream.edit('speakers', (speakers) => speakers.filter(({ code }) => code !== lone?.speaker));
    mirror.upstream.edit('submissions', (items) => items.filter(({ code }) => code !== lone?.talk));
    mirror.upstream.edit('slots', (slots) => slots.filter(({ submission }) => submission !== lone?.talk));
    const { changes } = await mirror.sync();
    expect(changes).toMatchObject({ talks: { removed: 1 }, speakers: { removed: 1 } });
    expect(
      await query(`select from greenroom.talk_speakers l join greenroom.speakers s on s.id = l.speaker_id
                    where s.pretalx_code = '${lone?.speaker}'`),
    ).toEqual([]);
  });

  test('stays while a talk has it whose track upstream hides', async () => {
    await mirror.sync();
    mirror.upstream.edit('submissions', (items) => items.map(({ track: _, ...item }) => item));
    mirror.upstream.edit('tracks', (tracks) => tracks.filter(({ id }) => id !== 301));
    await mirror.sync();
    expect(await one('select removed_at from greenroom.tracks where pretalx_id = 301')).toEqual({
      removed_at: null,
    });
  });

  test('is not pointed at by talks and slots that go on to name it', async () => {
    await mirror.sync();
    const speaker = await one(
      'select s.pretalx_code as code from greenroom.speakers s join greenroom.talk_speakers l on l.speaker_id = s.id limit 1',
    );
    mirror.upstream.edit('speakers', (speakers) => speakers.filter(({ code }) => code !== speaker?.code));
    mirror.upstream.edit('rooms', (rooms) => rooms.filter(({ id }) => id !== 107));
    mirror.upstream.edit('submissions', (items) => items.filter(({ code }) => code !== 'WBXVAJ'));
    mirror.upstream.edit('slots', (slots) =>
      slots.filter(({ room, submission }) => room !== 107 && submission !== 'WBXVAJ'),
    );
    await mirror.sync();
    mirror.upstream.release('1.0.1', (slots) => {
      const placed = slots.find(({ start, submission }) => start && submission);
      return slots.map((slot) => (slot === placed ? { ...slot, submission: 'WBXVAJ', room: 107 } : slot));
    });
    await mirror.sync();
    expect(
      await query(`select room_id, talk_id from greenroom.schedule_slots where submission_code = 'WBXVAJ'`),
    ).toEqual([{ room_id: null, talk_id: null }]);
    expect(
      await query(`select from greenroom.talk_speakers l join greenroom.speakers s on s.id = l.speaker_id
                    where s.removed_at is not null`),
    ).toEqual([]);
  });

  test('of one conference stays in another', async () => {
    await mirror.sync();
    const tables = ['rooms', 'speakers', 'talks', 'tracks', 'tags', 'submission_types'];
    await query(`insert into greenroom.conferences (slug, name) values ('other', 'other')`);
    for (const table of tables) {
      await query(`
        insert into greenroom.${table} overriding system value
        select r.* from greenroom.${table} t, greenroom.conferences c,
               jsonb_populate_record(t, jsonb_build_object('id', t.id + 1000000, 'conference_id', c.id) ||
                 case when '${table}' = 'talks' then '{"room_id": null, "track_id": null, "submission_type_id": null}' else '{}' end::jsonb) r
         where c.slug = 'other'`);
    }
    await query(`
      insert into greenroom.submission_type_defaults (conference_id, submission_type, default_room_id)
      select conference_id, 'Talk', id from greenroom.rooms where pretalx_id = 107`);
    const ofOther = () =>
      Promise.all(
        [...tables, 'submission_type_defaults'].map((table) =>
          mirror.rows(`${table} where conference_id <> 1`),
        ),
      );
    const before = await ofOther();
    await mirror.upstream.show('5-v2.0');
    mirror.upstream.edit('rooms', (rooms) => rooms.filter(({ id }) => id !== 107));
    mirror.upstream.edit('tags', () => []);
    const { warnings } = await mirror.sync({ allowRemovals: true });
    expect(warnings).toContainEqual(expect.stringMatching(/^The default room/));
    expect(await ofOther()).toEqual(before);
    expect(before.map((rows) => rows.length > 0)).not.toContain(false);
  });
});

describe('a step of a flow that its run has no more', () => {
  test('writes nothing', async () => {
    const synced = mirror.sync({
      beforeStep: async (step) => {
        if (step === 'speakers')
          await query(`update greenroom.sync_runs set flow = flow + 1 where state = 'running'`);
      },
    });
    await expect(synced).rejects.toThrow(ObsoleteJobError);
    expect(await mirror.rows('rooms')).not.toEqual([]);
    expect(await mirror.rows('speakers')).toEqual([]);
  });
});

describe('a step that another worker has done while this one was reading', () => {
  test('is that of the other one', async () => {
    mirror.upstream
      .on('/rooms/')
      .once()
      .run(async () => {
        const readFrom = `${mirror.upstream.url} ${mirror.upstream.slug}`;
        const outcome = { count: 7, removals: {}, warnings: ['Of the other one.'], counters: {}, readFrom };
        await query(`
          insert into greenroom.sync_steps (run_id, step, duration_ms, outcome)
          select id, 'rooms', 1, '${JSON.stringify(outcome)}'::jsonb from greenroom.sync_runs where state = 'running'`);
      });
    const { warnings } = await mirror.sync({ entities: ['rooms'] });
    expect(warnings).toEqual(['Of the other one.']);
    expect(await mirror.rows('rooms')).toEqual([]);
  });
});

describe('a row that PostgreSQL refuses', () => {
  test('fails the step with the reason', async () => {
    await query('alter table greenroom.rooms add constraint rooms_are_short check (length(name) < 2)');
    await expect(mirror.sync()).rejects.toMatchObject({ cause: { constraint_name: 'rooms_are_short' } });
  });
});

describe('a room that is gone upstream while the release names it', () => {
  test('stays, and each run says so until it goes', async () => {
    await mirror.sync();
    mirror.upstream.edit('rooms', (rooms) => rooms.filter((room) => room.id !== 106));
    const room = () => one('select removed_at from greenroom.rooms where pretalx_id = 106');
    for (const _ of [1, 2]) {
      const { warnings } = await mirror.sync();
      expect(warnings).toContainEqual(
        expect.stringMatching(/^Room ".+" \(106\) is gone upstream, but the release/),
      );
      expect(await room()).toEqual({ removed_at: null });
    }
    mirror.upstream.release('1.0.2', (slots) =>
      slots.map((slot) => (slot.room === 106 ? { ...slot, room: 104 } : slot)),
    );
    expect((await mirror.sync()).warnings).toEqual([]);
    expect((await room())?.removed_at).not.toBeNull();
  });
});

describe('slots', () => {
  test('keep key and id over a re-release that gives them all new upstream ids', async () => {
    await mirror.sync();
    const keys = () => query('select id, slot_key from greenroom.schedule_slots order by slot_key');
    const before = await keys();
    mirror.upstream.release('1.0.1');
    const result = await mirror.sync();
    expect(await keys()).toEqual(before);
    expect(result.changes.schedule_slots).toMatchObject({ added: 0, changed: 0, removed: 0 });
  });

  test('that come where another was first seen are others, and equal ones stay as many as they are', async () => {
    await mirror.sync();
    const text = { de: 'Kaffeepause an der Bar' };
    const at = (room: number, hour: string) => ({
      ...{ submission: null, room, description: text, is_visible: true },
      ...{ start: `2026-07-15T${hour}:00+02:00`, end: `2026-07-15T${hour}:15+02:00` },
    });
    const hold = async (...breaks: object[]) => {
      mirror.upstream.release('next', (slots) => [
        ...slots.filter(({ description }) => JSON.stringify(description) !== JSON.stringify(text)),
        ...breaks.map((each, index) => ({ ...slots[0], ...each, id: 900_000 + index })),
      ]);
      const { changes } = await mirror.sync();
      const { added, changed, removed } = changes.schedule_slots;
      return { added, changed, removed };
    };
    expect(await hold(at(101, '03'))).toEqual({ added: 1, changed: 0, removed: 0 });
    expect(await hold(at(101, '05'))).toEqual({ added: 0, changed: 1, removed: 0 });
    expect(await hold(at(101, '05'), at(101, '03'))).toEqual({ added: 1, changed: 0, removed: 0 });
    expect(await hold(at(101, '05'), at(101, '03'), at(101, '03'))).toMatchObject({ added: 1, removed: 0 });
    expect(await hold(at(101, '03'), at(101, '05'), at(101, '03'))).toEqual({
      added: 0,
      changed: 0,
      removed: 0,
    });
  });

  test('that moved or swapped rooms are changed, never removed and added', async () => {
    await mirror.sync();
    await mirror.upstream.show('3-v1.1');
    const result = await mirror.sync();
    // four moves, two swapped rooms, a new title, a break; one cancelled, one new
    expect(result.changes.schedule_slots).toEqual({ added: 1, changed: 8, removed: 1, unchanged: 87 });
  });

  test.each([
    ['of no length', '2026-07-16T11:00:00+02:00', '2026-07-16T11:00:00+02:00'],
    ['of no such day', '2026-02-30T11:00:00+01:00', '2026-02-30T12:00:00+01:00'],
    ['without an offset', '2026-07-16T11:00:00', '2026-07-16T12:00:00'],
    ['that are none', 'soon', 'then'],
  ])('with unusable times, %s, are skipped with a warning and counted', async (_, start, end) => {
    mirror.upstream.edit('slots', (slots) =>
      slots.map((slot) => (slot.submission === 'WWGVLF' ? { ...slot, start, end } : slot)),
    );
    const result = await mirror.sync();
    expect(result.skipped_slots).toBe(1);
    expect(result.warnings.join()).toContain('WWGVLF');
    expect(
      await one(`select slot_start, placed_by from greenroom.talks where pretalx_code = 'WWGVLF'`),
    ).toEqual({ slot_start: null, placed_by: null });
  });

  test('of a talk that is unknown here are talks without a talk', async () => {
    mirror.upstream.edit('submissions', (items) => items.filter((item) => item.code !== 'WWGVLF'));
    await mirror.sync();
    expect(
      await one(
        `select slot_type, talk_id, title from greenroom.schedule_slots where submission_code = 'WWGVLF'`,
      ),
    ).toEqual({
      slot_type: 'talk',
      talk_id: null,
      title: 'WWGVLF',
    });
  });

  test('of a release that comes in the middle of the run are those of the new release, with its talks', async () => {
    await mirror.sync();
    mirror.upstream
      .on('/submissions/')
      .once()
      .run(() => mirror.upstream.show('3-v1.1'));
    const result = await mirror.sync();
    expect((await mirror.conference()).releasedVersion).toBe('1.1');
    expect(
      await one(
        `select count(*)::int as n from greenroom.schedule_slots where submission_code = 'KFVKKJ' and talk_id is not null`,
      ),
    ).toEqual({ n: 1 });
    expect(result.changes.schedule_slots).toMatchObject({ added: 1, removed: 1 });
  });

  test('are left alone when the release disappears, which is an error', async () => {
    await mirror.sync();
    const rows = async () => [await mirror.rows('schedule_slots'), await mirror.rows('rooms')];
    const before = await rows();
    await mirror.upstream.show('0-unreleased');
    mirror.upstream.edit('rooms', (rooms) => rooms.map((room) => ({ ...room, name: { en: 'New' } })));
    await expect(mirror.sync()).rejects.toThrow(ReleaseDisappearedError);
    expect(await rows()).toEqual(before);
  });
});

describe('defaults', () => {
  test('place talks without a slot, yield when a slot comes, and come back when it goes', async () => {
    await mirror.upstream.show('1-v1.0');
    await mirror.sync();
    const room = await one(`select id from greenroom.rooms where pretalx_id = 107`);
    const { id: conferenceId } = await mirror.conference();
    await mirror.db.insert(submissionTypeDefaults).values({
      conferenceId,
      submissionType: 'Talk',
      defaultRoomId: Number(room?.id),
      defaultDate: '2026-07-16',
      defaultStartTime: '10:00',
      defaultEndTime: '10:30',
    });
    const result = await mirror.sync();
    expect(result.type_defaults_applied).toBeGreaterThan(0);
    expect(await talk('7BEREY')).toMatchObject({
      room_id: room?.id,
      slot_start: '2026-07-16 08:00:00+00',
      slot_end: '2026-07-16 08:30:00+00',
      placed_by: 'default',
    });
    const slots = (held: boolean) =>
      mirror.upstream.edit('slots', (items) =>
        items.map((slot) =>
          slot.submission === '7BEREY'
            ? {
                ...slot,
                room: held ? 101 : null,
                start: held ? '2026-07-16T17:00:00+02:00' : null,
                end: held ? '2026-07-16T17:30:00+02:00' : null,
                is_visible: held,
              }
            : slot,
        ),
      );
    slots(true);
    await mirror.sync();
    expect(await talk('7BEREY')).toMatchObject({
      slot_start: '2026-07-16 15:00:00+00',
      placed_by: 'schedule',
    });
    slots(false);
    await mirror.sync();
    expect(await talk('7BEREY')).toMatchObject({
      slot_start: '2026-07-16 08:00:00+00',
      placed_by: 'default',
    });
  });
});

describe('speakers', () => {
  test('are linked to the account with their e-mail address, whatever its case; a link that exists stays', async () => {
    const linked = await mirrorOf({ env: { GREENROOM_USERS_TABLE: 'public.accounts' } });
    await linked.db.execute(sql`create table public.accounts (id int primary key, email text)`);
    await linked.db.execute(
      sql`insert into public.accounts values (1, 'SPEAKER010@example.org'), (2, 'speaker048@example.org'), (3, 'Speaker048@example.org')`,
    );
    const result = await linked.sync();
    const ids = () =>
      linked.db
        .execute(sql`select pretalx_code, user_id from greenroom.speakers where user_id is not null`)
        .then((rows) => Array.from(rows));
    expect(await ids()).toEqual([{ pretalx_code: '3DPCGA', user_id: '1' }]);
    expect(result.warnings).toEqual([
      'Speaker 3XPNJR is not linked: 2 accounts in public.accounts have that e-mail address.',
    ]);
    await linked.db.execute(sql`update public.accounts set email = 'else@example.org' where id = 1`);
    await linked.sync();
    expect(await ids()).toEqual([{ pretalx_code: '3DPCGA', user_id: '1' }]);
    await linked.close();
  });

  test('are looked up without what somebody made in schema public for the type of the account’s address', async () => {
    const linked = await mirrorOf({ env: { GREENROOM_USERS_TABLE: 'public.accounts' } });
    await linked.db.execute(sql`create table public.accounts (id int primary key, email varchar(254))`);
    await linked.db.execute(sql`create function public.lower(varchar) returns text language plpgsql as
      'begin raise exception ''called as %'', current_user; end'`);
    await linked.db.execute(sql`insert into public.accounts values (1, 'SPEAKER010@example.org')`);
    expect((await linked.sync()).warnings).toEqual([]);
    expect(await linked.rows('speakers')).toContainEqual(expect.objectContaining({ user_id: '1' }));
    await linked.close();
  });
});

describe('a token', () => {
  test.each(['helper', 'limited'])(
    'that reads less than a mirror needs (%s) fails the run before its first write',
    async (reader) => {
      const less = await mirrorOf({ reader });
      await expect(less.sync()).rejects.toThrow(PermissionError);
      expect(await less.rows('rooms')).toEqual([]);
      expect(await less.rows('transactions')).toEqual([]);
      await less.close();
    },
  );

  test.each(['organiser-read', 'reviewer'])('that reads all (%s) is enough', async (reader) => {
    const enough = await mirrorOf({ reader });
    await expect(enough.sync()).resolves.toMatchObject({ rooms: 7, talks: 83 });
    await enough.close();
  });
});

describe('text', () => {
  test('that PostgreSQL can’t hold becomes U+FFFD with a warning; all other text stays byte for byte', async () => {
    const odd = 'RTL שלום, emoji 👩🏽‍🚀, \r\n\ttab, U+2028 \u2028, **markdown** <b>';
    mirror.upstream.edit('submissions', (items) =>
      items.map((item) =>
        item.code === '7BEREY' ? { ...item, title: 'a\u0000b\ud800c', abstract: odd } : item,
      ),
    );
    const result = await mirror.sync();
    expect(await talk('7BEREY')).toMatchObject({ title: 'a\ufffdb\ufffdc', abstract: odd });
    expect(result.warnings).toHaveLength(1);
  });
});

describe('activities', () => {
  test('have the wording, times and rooms of their talks, keep their slug, and go with their last talk', async () => {
    await mirror.sync();
    const activity = () => one(`select * from greenroom.activities where submission_type = 'Tutorial'`);
    expect(await activity()).toMatchObject({
      activity_type: 'tutorial',
      name: 'Tutorials',
      slug: 'tutorial',
    });
    expect(String((await activity())?.description)).toMatch(/^\d+ talks (across \d+ rooms|in .+)$/);
    mirror.upstream.edit('submissions', (items) =>
      items.map((item) => (item.submission_type === 203 ? { ...item, submission_type: 201 } : item)),
    );
    await mirror.sync();
    expect(await activity()).toBeUndefined();
    expect(
      await query(
        `select operation_type from greenroom.activities_versions where submission_type = 'Tutorial' order by transaction_id desc limit 1`,
      ),
    ).toEqual([{ operation_type: 2 }]);
  });
});

describe('the conference', () => {
  test('is not written anew when the languages of its name come in another order', async () => {
    const said = {
      name: { en: 'Ours', cs: 'Naše' },
      locale: 'en',
      locales: ['en'],
      timezone: 'Europe/Prague',
    };
    const event = {
      slug: 'demo',
      ...said,
      date_from: '2026-07-15',
      date_to: '2026-07-17',
      primary_color: null,
    };
    const followed = await followEvent(mirror.db, await mirror.conference(), event);
    expect(await followEvent(mirror.db, followed, event)).toBe(followed);
  });

  test('keeps a name and timezone that somebody set after a sync had read its row', async () => {
    const read = await mirror.conference();
    await updateConference(mirror.db, read.slug, { name: 'Ours', timezone: 'Asia/Tokyo' });
    const said = { name: { en: 'Theirs' }, locale: 'en', locales: ['en'], timezone: 'Europe/Prague' };
    const dates = { date_from: '2026-07-15', date_to: '2026-07-17', primary_color: null };
    const followed = await followEvent(mirror.db, read, { slug: read.slug, ...said, ...dates });
    expect(followed).toMatchObject({ name: 'Ours', timezone: 'Asia/Tokyo', nameI18n: { en: 'Theirs' } });
    expect(await mirror.conference()).toEqual(followed);
  });
});

describe('an activity', () => {
  const tutorial = () =>
    one(
      `select id, submission_type, description from greenroom.activities where activity_type = 'tutorial' order by id`,
    );

  test('does not count a talk that is gone upstream', async () => {
    await mirror.sync();
    const count = async () => Number.parseInt(String((await tutorial())?.description), 10);
    const before = await count();
    const gone = await one(
      `select pretalx_code as code from greenroom.talks where submission_type = 'Tutorial' limit 1`,
    );
    mirror.upstream.edit('submissions', (items) => items.filter(({ code }) => code !== gone?.code));
    mirror.upstream.edit('slots', (slots) => slots.filter(({ submission }) => submission !== gone?.code));
    await mirror.sync();
    expect(await count()).toBe(before - 1);
  });

  test('whose type is still there, or shares no talk with a new one, is not renamed', async () => {
    await mirror.sync();
    const before = await tutorial();
    mirror.upstream.edit('submission-types', (types) => [
      ...types,
      { ...types[0], id: 999, name: { en: 'Tutorials' } },
    ]);
    mirror.upstream.edit('submissions', (items) =>
      items.map((item) => (item.submission_type === 203 ? { ...item, submission_type: 999 } : item)),
    );
    await mirror.sync();
    const after = await tutorial();
    expect(after?.submission_type).toBe('Tutorials');
    expect(after?.id).not.toBe(before?.id);
    mirror.upstream.edit('submission-types', (types) =>
      types.map((type) => ({
        ...type,
        name: { en: type.id === 999 ? 'Other' : type.id === 201 ? 'Tutorial' : `${type.id}` },
      })),
    );
    await mirror.sync();
    expect((await tutorial())?.id).not.toBe(after?.id);
  });

  test('whose type is split stays the one with most of its talks', async () => {
    await mirror.sync();
    const before = await tutorial();
    mirror.upstream.edit('submission-types', (types) => [
      ...types.map((type) => (type.id === 203 ? { ...type, name: { en: 'Tutorials' } } : type)),
      { ...types[0], id: 999, name: { en: 'TUTORIALS' } },
    ]);
    let moved = false;
    mirror.upstream.edit('submissions', (items) =>
      items.map((item) => {
        if (moved || item.submission_type !== 203 || item.state !== 'confirmed') return item;
        moved = true;
        return { ...item, submission_type: 999 };
      }),
    );
    await mirror.sync();
    expect(await tutorial()).toMatchObject({ id: before?.id, submission_type: 'Tutorials' });
  });

  test('stays the same one when its type is renamed', async () => {
    await mirror.sync();
    const tutorials = () =>
      query(`select a.id, a.slug, a.name, a.submission_type, array_agg(l.talk_id order by 1) as talks
      from greenroom.activities a left join greenroom.activity_talks l on l.activity_id = a.id where activity_type = 'tutorial' group by a.id`);
    const [before, ...others] = await tutorials();
    expect(others).toEqual([]);
    mirror.upstream.edit('submission-types', (types) =>
      types.map((type) =>
        (type.name as { en: string }).en === before?.submission_type
          ? { ...type, name: { en: 'Tutorials' } }
          : type,
      ),
    );
    await mirror.sync();
    expect(await tutorials()).toEqual([{ ...before, submission_type: 'Tutorials', name: 'Tutorials' }]);
    const { tables } = await reconcileVersions(mirror.test.database, {
      actor: null,
      delete: true,
      dryRun: true,
    });
    expect(tables.filter((table) => table.created + table.updated + table.deleted > 0)).toEqual([]);
  });
});

describe('the last complete reading', () => {
  test('of the schedule is not one that did not read it', async () => {
    await mirror.sync();
    const states = () => query('select entity, run_id, count from greenroom.sync_state order by entity');
    const [rooms, ...others] = await states();
    expect(others.map((state) => state.entity)).toEqual(['schedule', 'speakers', 'talks']);
    await mirror.sync({ entities: ['rooms'] });
    const [roomsAgain, ...othersAgain] = await states();
    expect(roomsAgain?.run_id).not.toBe(rooms?.run_id);
    expect(othersAgain).toEqual(others);
  });
});
