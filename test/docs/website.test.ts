/** The SQL of docs/website.md, asked under the database user that the page makes. */
import { readFile } from 'node:fs/promises';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Mirror, mirrorOf } from '../support/mirror.ts';

const page = await readFile(new URL('../../docs/website.md', import.meta.url), 'utf8');
const sqlUnder = (heading: string) => {
  const section = page.split(/^## /m).find((one) => one.startsWith(`${heading}\n`)) ?? '';
  return /```sql\n([\s\S]*?)```/.exec(section)?.[1] ?? expect.unreachable(`no SQL under "${heading}"`);
};

let mirror: Mirror;
let website: postgres.Sql;
const ask = (heading: string, replace: [string, string] = ['', '']) =>
  website.unsafe(sqlUnder(heading).replace(...replace));

// Roles are the whole server's, so this one is named after its database.
beforeAll(async () => {
  mirror = await mirrorOf({ step: '1-v1.0', slug: 'myconf' });
  await mirror.sync();
  const role = `website_${new URL(mirror.test.url).pathname.slice(1)}`;
  const grants = sqlUnder('A database user of its own').replaceAll(/\bwebsite\b/g, `"${role}"`);
  await mirror.test.database.sql.unsafe(`${grants}; alter role "${role}" password 'w'`);
  const url = new URL(mirror.test.url);
  url.username = role;
  url.password = 'w';
  website = postgres(url.href, { max: 1, onnotice: () => {} });
});
afterAll(async () => {
  await website.end();
  const role = `website_${new URL(mirror.test.url).pathname.slice(1)}`;
  await mirror.test.database.sql.unsafe(`drop owned by "${role}"; drop role "${role}"`);
  await mirror.close();
});

describe('a website under a database user of its own', () => {
  test('has the timetable with rooms and speakers, each visible slot once', async () => {
    const slots = await ask('The timetable, by day');
    expect(slots).toHaveLength(94);
    expect(slots.find((slot) => slot.pretalx_code === 'HQ9LQL')).toMatchObject({
      begins: '11:20',
      speakers: ['Kimberley Thompson'],
    });
  });

  test('has a talk with all its sessions, without tags that are not public', async () => {
    const [twice] = await ask("A talk's page", ['HQ9LQL', 'WQKZ3P']);
    expect(twice?.sessions).toHaveLength(2);
    const [tagged] = await ask("A talk's page", ['HQ9LQL', 'EUHZ9G']);
    expect(tagged?.tags).toEqual(['beginner', 'español 🇪🇸']);
  });

  test('has no talk, and no speaker, that is accepted and not announced', async () => {
    const unannounced = await website`
      select pretalx_code from greenroom.effective_talks t
       where slot_start is not null and not exists (select from greenroom.effective_slots s where s.talk_id = t.id)`;
    expect(unannounced.length).toBeGreaterThan(0);
    expect(await ask("A talk's page", ['HQ9LQL', unannounced[0]?.pretalx_code])).toEqual([]);
    const shown = (await ask('The speakers')).flatMap((speaker) => speaker.talks as string[]);
    for (const { pretalx_code } of unannounced) expect(shown).not.toContain(pretalx_code);
  });

  test('is told what is on in each room, and what comes next', async () => {
    const told = await ask('Now and next, for each room');
    expect(told).toContainEqual(expect.objectContaining({ room: 'Forum Hall', what: 'now' }));
    expect(told.filter(({ room, what }) => room === 'Forum Hall' && what === 'next')).toHaveLength(1);
  });

  test('finds the ids that corrections take', async () => {
    expect(await ask('Ids for corrections')).toContainEqual(
      expect.objectContaining({ pretalx_id: '101', slot_key: 'DXNTYY' }),
    );
  });

  test('sees no e-mail address, also not in the past', async () => {
    await expect(website`select email from greenroom.effective_speakers`).rejects.toThrow(
      'permission denied',
    );
    await expect(website`select email from greenroom.speakers_versions`).rejects.toThrow('permission denied');
  });
});
