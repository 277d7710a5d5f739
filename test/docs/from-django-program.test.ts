/** The SQL of docs/from-django-program.md, on tables like django-program's (0.1.2) with the columns that it reads. */
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

const page = await readFile(new URL('../../docs/from-django-program.md', import.meta.url), 'utf8');
const statements = [...page.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, text]) => text as string);

let mirror: Mirror;
/** The rows of the page's one statement that has this text. */
function ask(text: string): Promise<Record<string, unknown>[]> {
  const found = statements.filter((one) => one.includes(text));
  expect(found).toHaveLength(1);
  return mirror.test.database.sql.unsafe((found[0] as string).replaceAll('SLUG', 'pycon'));
}
/** What a shell makes of the lines, as words of each command. */
const commandsOf = (rows: Record<string, unknown>[]) =>
  execFileSync('sh', {
    input: `greenroom() { printf '%s\\0' "$@" END; }\n${rows.map(({ line }) => line).join('\n')}`,
    encoding: 'utf8',
  })
    .split('END\0')
    .slice(0, -1)
    .map((command) => command.split('\0').slice(0, -1));

beforeAll(async () => {
  mirror = await mirrorOf({ step: '1-v1.0', slug: 'pycon' });
  await mirror.sync();
  await mirror.test.database.sql.unsafe(`
    create table program_conference_conference (id bigint primary key, slug text);
    create table program_pretalx_room (id bigint primary key, conference_id bigint, pretalx_id integer);
    create table program_pretalx_speaker (id bigint primary key, conference_id bigint, pretalx_code text, user_id integer);
    create table program_pretalx_talk (id bigint primary key, conference_id bigint, pretalx_code text);
    create table program_pretalx_talkoverride (
      conference_id bigint, talk_id bigint, override_room_id bigint, override_title varchar(500) default '',
      override_state varchar(50) default '', override_slot_start timestamptz, override_slot_end timestamptz,
      override_abstract text default '', is_cancelled boolean default false, note text default '');
    create table program_pretalx_speakeroverride (
      conference_id bigint, speaker_id bigint, override_name text default '', override_biography text default '',
      override_avatar_url text default '', override_email text default '', note text default '');
    create table program_pretalx_roomoverride (
      conference_id bigint, room_id bigint, override_name text default '', override_description text default '',
      override_capacity integer, note text default '');
    create table program_pretalx_submissiontypedefault (
      conference_id bigint, submission_type text, default_room_id bigint, default_date date,
      default_start_time time, default_end_time time);
    create table program_pretalx_sessionrating (id bigint primary key, talk_id bigint, score smallint);
    insert into program_conference_conference values (7, 'pycon');
    insert into program_pretalx_room values (70, 7, 104), (71, 7, null);
    insert into program_pretalx_speaker values (80, 7, '9CGPHV', 5);
    insert into program_pretalx_talk values (90, 7, 'HQ9LQL'), (91, 7, 'WQKZ3P'), (92, 7, 'MWZY7K');
    insert into program_pretalx_talkoverride (conference_id, talk_id, override_title, override_room_id, note)
      values (7, 90, E'It''s "$A"\\n\`B\`', 70, 'Ada''s wish');
    insert into program_pretalx_talkoverride (conference_id, talk_id, override_state, override_slot_start)
      values (7, 91, 'cancelled', '2026-07-15 10:00+02');
    insert into program_pretalx_talkoverride (conference_id, talk_id, note) values (7, 92, 'nothing overridden');
    insert into program_pretalx_speakeroverride (conference_id, speaker_id, override_name) values (7, 80, 'Ada');
    insert into program_pretalx_roomoverride (conference_id, room_id, override_capacity) values (7, 70, 0), (7, 71, 5);
    insert into program_pretalx_submissiontypedefault values (7, 'Lightning talk', 70, '2026-07-16', '10:00', null);
    insert into program_pretalx_sessionrating values (1, 90, 5)`);
});
afterAll(() => mirror.close());

describe('who moves over from django-program', () => {
  test('gets a command for each override, quoted for the shell', async () => {
    expect(commandsOf(await ask('greenroom override set'))).toEqual([
      ['override', 'set', 'pycon', 'room', '104', 'capacity=0'],
      ['override', 'set', 'pycon', 'speaker', '9CGPHV', 'name=Ada'],
      [
        'override',
        'set',
        'pycon',
        'talk',
        'HQ9LQL',
        'room=104',
        'title=It\'s "$A"\n`B`',
        '--reason',
        "Ada's wish",
      ],
      [
        'override',
        'set',
        'pycon',
        'talk',
        'WQKZ3P',
        expect.stringMatching(/^slot_start=2026-07-15T/),
        'state=canceled',
      ],
    ]);
  });

  test('gets a command for each default', async () => {
    expect(commandsOf(await ask('greenroom default set'))).toEqual([
      [
        ...['default', 'set', 'pycon', 'Lightning talk', '--room', '104'],
        ...['--date', '2026-07-16', '--start', '10:00'],
      ],
    ]);
  });

  test('has data.json as it was, breaks included', async () => {
    const [{ data } = {}] = await ask('json_agg');
    expect(data).toHaveLength(94);
    expect(data).toContainEqual(
      expect.objectContaining({ title: 'Lunch', room: 'Forum Hall', slot_type: 'break', talk_code: '' }),
    );
  });

  test('finds the talks of ratings, and keeps accounts that were chosen by hand', async () => {
    expect(await ask('sessionrating')).toMatchObject([{ score: 5, pretalx_code: 'HQ9LQL' }]);
    expect(await ask('update greenroom.speakers')).toMatchObject([{ pretalx_code: '9CGPHV', user_id: '5' }]);
    await mirror.sync();
    expect(await ask('update greenroom.speakers')).toEqual([]);
  });
});
